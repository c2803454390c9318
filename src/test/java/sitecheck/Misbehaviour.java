package sitecheck;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

/**
 * What the other end of a connection can do wrong, down to the bytes. Each behaviour first reads
 * the request's head, and closes the connection when it is done.
 */
public enum Misbehaviour {
  /** Nobody listens. */
  REFUSES(null),
  /** The backlog is full, and nobody accepts a connection. */
  ACCEPTS_NOBODY(null),
  NONE(send("200 OK", "{\"connected\":true}")),
  HANGS(Misbehaviour::hang),
  HANGS_IN_THE_BODY(
      client -> {
        write(client, "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"connec");
        hang(client);
      }),
  DRIPS_ITS_HEAD(
      client -> {
        write(client, "HTTP/1.1 200 OK\r\n");
        drip(client, "X: y\r\n");
      }),
  DRIPS_ITS_BODY(
      client -> {
        write(client, "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n");
        drip(client, " ");
      }),
  DRIPS_AN_ERROR(
      client -> {
        write(client, "HTTP/1.1 500 Error\r\nContent-Length: 999999\r\n\r\n");
        drip(client, " ");
      }),
  PUTS_OFF(client -> drip(client, "HTTP/1.1 100 Continue\r\n\r\n")),
  ENDLESS_BODY(
      client -> {
        write(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        repeat(client, "400\r\n" + " ".repeat(1024) + "\r\n");
      }),
  ENDLESS_HEADER(
      client -> {
        write(client, "HTTP/1.1 200 OK\r\nX: ");
        repeat(client, "x".repeat(1024));
      }),
  ENDLESS_HEADERS(
      client -> {
        write(client, "HTTP/1.1 200 OK\r\n");
        repeat(client, "X: y\r\n");
      }),
  BOMB(
      client -> {
        byte[] body = Bomb.PACKED; // compressed once: it takes longer than a call may
        String head =
            "HTTP/1.1 200 OK\r\n"
                + "Content-Encoding: gzip\r\n"
                + "Connection: close\r\n"
                + "Content-Length: %d\r\n\r\n";
        write(client, head.formatted(body.length));
        client.getOutputStream().write(body);
      }),
  CLOSES(client -> {}),
  RESETS(client -> client.setSoLinger(true, 0)),
  HALF_AN_ANSWER(client -> write(client, "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"connec")),
  HALF_A_CHUNK(
      client ->
          write(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n{\"connec")),
  NO_HTTP(client -> write(client, "SSH-2.0-OpenSSH_9.2\r\n")),
  NO_STATUS(send("000 None", "{\"connected\":true}")),
  ERROR(send("500 Error", "{\"connected\":true}")),
  OVERLOADED(send("503 Service Unavailable", "")),
  NOT_FOUND(send("404 Not Found", "{\"connected\":true}")),
  REDIRECTS(send("302 Found\r\nLocation: http://127.0.0.1:1/", "{\"connected\":true}")),
  NO_CONTENT(client -> write(client, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
  NOTHING(send("200 OK", "")),
  GARBAGE(send("200 OK", "<html>")),
  DEEP(send("200 OK", "[".repeat(5000))),
  ANOTHER_ANSWER(send("200 OK", "{}")),
  ANOTHER_TYPE(send("200 OK", "{\"connected\":\"true\"}"));

  private interface Behaviour {
    void with(Socket client) throws Exception;
  }

  private final Behaviour behaviour;

  Misbehaviour(Behaviour behaviour) {
    this.behaviour = behaviour;
  }

  /** Starts a server that behaves like this on each connection. */
  public Peer on(int port) throws IOException {
    return new Peer(port);
  }

  /** A server with this behaviour, on a port. */
  public final class Peer implements AutoCloseable {

    private final ServerSocket server = new ServerSocket();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Socket> clients = new CopyOnWriteArrayList<>();
    private final Phaser open = new Phaser(1);

    private Peer(int port) throws IOException {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress("127.0.0.1", port), 1);
      if (Misbehaviour.this == REFUSES) {
        server.close();
      } else if (Misbehaviour.this == ACCEPTS_NOBODY) {
        fill(port);
      } else {
        threads.submit(this::accept);
      }
    }

    private void fill(int port) throws IOException {
      try {
        while (true) {
          Socket client = new Socket();
          clients.add(client);
          client.connect(new InetSocketAddress("127.0.0.1", port), 200);
        }
      } catch (SocketTimeoutException full) {
        // the backlog is full
      }
    }

    private Void accept() throws IOException {
      while (true) {
        Socket client = server.accept();
        clients.add(client);
        open.register();
        threads.submit(() -> serve(client));
      }
    }

    private void serve(Socket client) {
      try (client) {
        InputStream request = client.getInputStream();
        for (int end = 0; end != 0x0D0A0D0A; end = end << 8 | request.read()) {}
        behaviour.with(client);
      } catch (Exception gone) {
        // the end of the connection
      } finally {
        open.arriveAndDeregister();
      }
    }

    /** Waits until no connection is left: until all callers have given up. */
    public void awaitGone() throws Exception {
      open.awaitAdvanceInterruptibly(open.arrive(), 10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
      server.close();
      for (Socket client : clients) {
        client.close();
      }
      threads.shutdownNow();
      threads.awaitTermination(10, TimeUnit.SECONDS); // the port is free when accept() has ended
    }
  }

  private static Behaviour send(String status, String body) {
    return client ->
        write(
            client,
            "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                .formatted(status, body.length(), body));
  }

  private static void write(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static void repeat(Socket client, String text) throws IOException {
    while (true) {
      write(client, text);
    }
  }

  private static void drip(Socket client, String text) throws Exception {
    while (true) {
      for (char letter : text.toCharArray()) {
        write(client, String.valueOf(letter));
        client.setSoTimeout(20);
        try {
          if (client.getInputStream().read() < 0) {
            return;
          }
        } catch (SocketTimeoutException next) {
          // the next letter
        }
      }
    }
  }

  /** Waits until the client is gone. */
  private static void hang(Socket client) throws IOException {
    client.getInputStream().read();
  }

  /** Ten megabytes, compressed to ten kilobytes. */
  private static final class Bomb {
    static final byte[] PACKED = packed();

    private static byte[] packed() {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (OutputStream unpacked = new GZIPOutputStream(packed)) {
        unpacked.write(new byte[10_000_000]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return packed.toByteArray();
    }
  }
}
