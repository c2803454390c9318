package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import sitecheck.Ports;

class ServiceTest {

  /** From then on a thread of the CLI adds consoles, while Camel would iterate to start them. */
  @Test
  void theConsolesOfCamelRunAreStartedBeforeTheContextIsInitialized() throws Exception {
    List<String> calls = new ArrayList<>();
    DevConsoleRegistry consoles =
        (DevConsoleRegistry)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DevConsoleRegistry.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName());
                  return method.getReturnType() == boolean.class ? false : null;
                });
    try (CamelContext context = new DefaultCamelContext()) {
      context.getCamelContextExtension().addContextPlugin(DevConsoleRegistry.class, consoles);
      Properties given = new Properties();
      given.putAll(Ports.settings());
      context.getPropertiesComponent().setOverrideProperties(given);
      context.getPropertiesComponent().setLocation(Settings.files("sites"));
      context.getPropertiesComponent().start();
      calls.clear();

      new Service().setCamelContext(context);

      assertThat(calls).containsExactly("start");
    }
  }
}
