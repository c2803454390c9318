package sitecheck.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** A port to listen on. */
public record Port(String host, int number) {

  /** Whether nothing listens there, and we may. */
  public boolean isFree() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, number));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
