package sitecheck.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** An address and a port to listen on. */
public record Port(String host, int number) {
  /** Whether nothing listens there, and we can. */
  public boolean isFree() {
    try {
      requireFree("it");
      return true;
    } catch (StartException e) {
      return false;
    }
  }

  /**
   * Makes sure that we can listen there.
   *
   * @throws StartException that names the setting with the number
   */
  public void requireFree(String setting) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, number));
    } catch (IOException e) {
      throw new StartException(
          "cannot listen on %s port %d (%s): set %s or listen.host, or stop what is in the way"
              .formatted(host, number, e.getMessage(), setting),
          e);
    }
  }

  /** Where a client on this machine finds it. */
  public String url() {
    return "http://%s:%d".formatted(host.equals("0.0.0.0") ? "localhost" : host, number);
  }
}
