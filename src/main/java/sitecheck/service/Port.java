package sitecheck.service;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An address and a port to listen on. */
public record Port(String host, int number) {
  /** Whether we can listen there. */
  public boolean isFree() {
    try {
      requireFree("it");
      return true;
    } catch (StartException e) {
      return false;
    }
  }

  /** Throws a StartException if we cannot listen there; it names the setting of the port. */
  public void requireFree(String setting) {
    InetSocketAddress address = new InetSocketAddress(host, number);
    try (ServerSocket socket = new ServerSocket()) {
      if (isAnswered(address)) { // some systems allow a second listener next to one on 0.0.0.0
        throw new BindException("Address already in use");
      }
      socket.setReuseAddress(true);
      socket.bind(address);
    } catch (IOException e) {
      throw new StartException(
          "cannot listen on %s port %d (%s): set %s or listen.host, or stop what is in the way"
              .formatted(host, number, e.getMessage(), setting),
          e);
    }
  }

  private static boolean isAnswered(InetSocketAddress address) {
    try (Socket client = new Socket()) {
      client.connect(address, 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
