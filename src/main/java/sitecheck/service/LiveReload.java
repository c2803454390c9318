package sitecheck.service;

import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.spi.ResourceLoader;
import org.apache.camel.spi.RoutesLoader;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fits Camel's live reload ({@code camel run --dev}) to a service of several route files: a change
 * of one reloads each of them once. Camel's default reloads a file once for each of its routes, and
 * ends at the first duplicate route id without any route.
 */
final class LiveReload {
  private static final Logger LOG = LoggerFactory.getLogger(LiveReload.class);

  private LiveReload() {}

  /** Configures the reload where it is on. */
  static void configure(CamelContext context, Settings settings) {
    RouteWatcherReloadStrategy reload = context.hasService(RouteWatcherReloadStrategy.class);
    if (reload != null) {
      List<String> files = settings.list("camel.main.routes-include-pattern");
      reload.setFolder("routes");
      reload.setFileFilter(
          file -> files.stream().anyMatch(name -> name.endsWith("/" + file.getName())));
      reload.setResourceReload((name, changed) -> reload(context, changed, files));
    }
  }

  private static void reload(CamelContext context, Resource changed, List<String> files)
      throws Exception {
    RoutesLoader routes = PluginHelper.getRoutesLoader(context);
    routes.findRoutesBuilders(List.of(changed)); // if it is wrong, the other files stay as they are
    ResourceLoader loader = PluginHelper.getResourceLoader(context);
    Stream<Resource> resources =
        files.stream().map(name -> loader.resolveResource("file:" + name.replace("file:", "")));
    routes.updateRoutes(resources.toList());
    // Vert.x asks routes in the order of their start: that for unknown paths has to be the last.
    context.getRouteController().stopRoute("unknown");
    context.getRouteController().startRoute("unknown");
    LOG.info("Reloaded the route files");
  }
}
