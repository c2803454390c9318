package sitecheck.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.Callee;

class ExactUrlHttpComponentTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/page",
        "/api/group%2Fproject",
        "/a%2fb",
        "/a%252Fb",
        "/a%3Fb",
        "/a%3Fhttp%4Dethod=DELETE",
        "/a%26httpMethod=DELETE",
        "/a&httpMethod=DELETE",
        "/a%2Bb+c",
        "/a%20b",
        "/%25",
        "/%23a",
        "/%C3%A9",
        "/a;v=1,2/@:!$'()*~",
        "/a)b",
        "//a//b/../c/.",
        "/RAW(a)"
      })
  void aUrlIsSentAsItIsSet(String path) throws Exception {
    try (Callee callee = new Callee().answers(200, "");
        CamelContext context = new DefaultCamelContext()) {
      String url = "http://127.0.0.1:" + callee.port() + path;
      context.getPropertiesComponent().addInitialProperty("site.url", url);
      String uri = "http:site.url?httpMethod=HEAD";
      context.addComponent("http", new ExactUrlHttpComponent());
      context.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              from("direct:to").to(uri);
              from("direct:enrich").enrich().constant(uri).allowOptimisedComponents(false);
            }
          });
      context.start();

      for (String route : new String[] {"direct:to", "direct:enrich"}) {
        context.createFluentProducerTemplate().to(route).request();
        assertThat(callee.takeRequest().line()).isEqualTo("HEAD " + (path.isEmpty() ? "/" : path));
      }
    }
  }

  @Test
  void aUrlOfHttpsIsCalledWithTls() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        CamelContext context = new DefaultCamelContext()) {
      CompletableFuture.runAsync(() -> answer(plain));
      String url = "https://127.0.0.1:" + plain.getLocalPort();
      context.getPropertiesComponent().addInitialProperty("site.url", url);
      HttpComponent http = new ExactUrlHttpComponent();
      http.setAutomaticRetriesDisabled(true);
      context.addComponent("http", http);
      context.start();

      assertThat(context.createFluentProducerTemplate().to("http:site.url").send().getException())
          .isInstanceOf(SSLException.class);
    }
  }

  /** Answers any request without TLS. */
  private static void answer(ServerSocket plain) {
    try (Socket call = plain.accept()) {
      call.getInputStream().read(new byte[1000]);
      call.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
    } catch (IOException e) {
      // the client is gone
    }
  }
}
