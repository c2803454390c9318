package sitecheck;

import static java.util.stream.Collectors.toMap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends requests as bytes, valid or not. The answer is text, one character for each byte. */
final class RawHttp {

  private static final Pattern STATUS = Pattern.compile("HTT[PQ]/\\d+\\.\\d+ (\\d{3}) ");
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

  /** An answer: its status, its unchanged head, and its body. */
  record Answer(int status, String head, String body) {

    /** The value of a header, empty if it is absent. */
    String header(String name) {
      Matcher header = Pattern.compile("(?i)\r\n" + name + ": (.*)\r\n").matcher(head);
      return header.find() ? header.group(1) : "";
    }

    /** All headers, by name in lower case. */
    Map<String, String> headers() {
      return head.lines()
          .skip(1)
          .filter(line -> line.contains(": "))
          .map(line -> line.split(": ", 2))
          .collect(toMap(header -> header[0].toLowerCase(Locale.ROOT), header -> header[1]));
    }
  }

  private RawHttp() {}

  /** Sends a request, and reads until the server closes or is silent for some time. */
  static String ask(int port, String request, Duration patience) throws IOException {
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) patience.toMillis());
      try {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      } catch (SocketException refused) {
        // an earlier answer is still to be read
      }
      InputStream answer = socket.getInputStream();
      for (int one = answer.read(); one >= 0; one = answer.read()) {
        answers.write(one);
        answers.write(answer.readNBytes(answer.available()));
      }
    } catch (SocketTimeoutException | SocketException over) {
      // the server says no more
    }
    return answers.toString(StandardCharsets.ISO_8859_1);
  }

  /**
   * Splits what was read into answers.
   *
   * @throws IllegalArgumentException if anything else was read
   */
  static List<Answer> answers(String request, String read) {
    List<Answer> answers = new ArrayList<>();
    int at = 0;
    while (at < read.length()) {
      int end = read.indexOf("\r\n\r\n", at) + 4;
      String head = read.substring(at, Math.max(at, end));
      Matcher line = STATUS.matcher(head);
      if (!line.lookingAt()) {
        throw new IllegalArgumentException("no answer: " + read.substring(at));
      }
      int status = Integer.parseInt(line.group(1));
      boolean bodiless = answers.isEmpty() && request.startsWith("HEAD ") || status < 200;
      Matcher length = LENGTH.matcher(head);
      int size = length.find() && !bodiless ? Integer.parseInt(length.group(1)) : 0;
      if (status >= 200) {
        answers.add(new Answer(status, head, read.substring(end, end + size)));
      }
      at = end + size;
    }
    return answers;
  }
}
