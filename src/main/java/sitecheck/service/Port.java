package sitecheck.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** An address and a port to listen on. */
public record Port(String host, int number) {

  /** Whether nothing listens there, and we can. */
  public boolean isFree() {
    try {
      listen();
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  /**
   * Makes sure that we can listen there.
   *
   * @param setting what the number comes from
   * @throws StartException when something listens there already, or the address is not ours
   */
  public void requireFree(String setting) {
    try {
      listen();
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

  private void listen() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, number));
    }
  }
}
