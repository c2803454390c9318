package sitecheck.service;

import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.BeanInject;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reloads all route files of a service when one of them changes ({@code camel run --dev}). Camel's
 * default reloads a file once for each of its routes, and fails at the first duplicate id.
 */
public final class LiveReload {
  private static final Logger LOG = LoggerFactory.getLogger(LiveReload.class);

  /** Configures the reload if it is enabled. */
  @BeanInject
  public void setCamelContext(CamelContext context) {
    RouteWatcherReloadStrategy reload = context.hasService(RouteWatcherReloadStrategy.class);
    if (reload != null) {
      reload.setFolder("routes");
      reload.setFileFilter(file -> file.getName().endsWith(".camel.yaml"));
      reload.setResourceReload((name, changed) -> reload(context, changed));
    }
  }

  private static void reload(CamelContext context, Resource changed) throws Exception {
    var routes = PluginHelper.getRoutesLoader(context);
    routes.findRoutesBuilders(List.of(changed)); // throws if it is invalid: then nothing changes
    var loader = PluginHelper.getResourceLoader(context);
    String files = context.resolvePropertyPlaceholders("{{camel.main.routes-include-pattern}}");
    Stream<Resource> resources =
        Stream.of(files.split("\\s*,\\s*"))
            .map(name -> loader.resolveResource("file:" + name.replace("file:", "")));
    routes.updateRoutes(resources.toList());
    // Vert.x matches routes in the order of their start. The one for unknown paths must be last.
    context.getRouteController().stopRoute("unknown");
    context.getRouteController().startRoute("unknown");
    LOG.info("Reloaded the route files");
  }
}
