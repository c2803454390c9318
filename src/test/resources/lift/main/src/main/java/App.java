import java.io.IOException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** Takes orders, and asks for price and stock over HTTP, as if those were elsewhere. */
public final class App extends RouteBuilder {

  private static final String SHOP = "http://localhost:{{camel.server.port}}";
  private static final String GET = "?httpMethod=GET&skipControlHeaders=true";

  @Override
  public void configure() {
    rest("/orders").post("/{item}").to("direct:order");

    from("direct:order")
        .routeId("order")
        .multicast()
        .parallelProcessing()
        .to("direct:price", "direct:stock")
        .end()
        .to("seda:confirm")
        .setBody(constant("ordered"));

    from("direct:price").routeId("price").to(SHOP + "/prices" + GET);
    from("direct:stock").routeId("stock").to(SHOP + "/stocks" + GET);
    from("seda:confirm").routeId("confirm").log("confirmed");

    from("platform-http:/prices").routeId("prices").delay(500).setBody(constant("7"));
    from("platform-http:/stocks").routeId("stocks").delay(500).setBody(constant("3"));
    from("platform-http:/refunds").routeId("refunds").throwException(new IOException("no money"));
  }

  public static void main(String[] arguments) throws Exception {
    Main main = new Main();
    main.configure().addRoutesBuilder(new App());
    main.run();
  }
}
