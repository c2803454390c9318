package sitecheck.contract;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.opentelemetry.OpenTelemetryTracer;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract in a test with camel-test-junit5, with routes that run without Main. */
class CamelTestSupportTest extends CamelTestSupport {
  @RegisterExtension
  static final TraceContract traces =
      new TraceContract(Path.of("src", "test", "resources", "contract"));

  @Override
  protected CamelContext createCamelContext() throws Exception {
    CamelContext context = super.createCamelContext();
    context.getCamelContextExtension().setName("shop");
    new OpenTelemetryTracer().init(context);
    return context;
  }

  @Override
  protected RoutesBuilder createRouteBuilder() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("direct:order").routeId("order").to("direct:price");
        from("direct:price").routeId("price").setBody(constant("7"));
      }
    };
  }

  @Test
  void itsTraceIsThatOfTheFile() {
    template.requestBody("direct:order", "1");

    traces.verify("order");
  }

  @Test
  void aContextThatNeverStartsNamesNoService() {
    List<CamelContext> others =
        Stream.generate(DefaultCamelContext::new).limit(10).collect(toList());
    template.requestBody("direct:order", "1");

    traces.verify("order");
    assertThat(others).noneMatch(CamelContext::isStarted);
  }
}
