package sitecheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A file that describes what a request leaves behind. Empty lines separate its parts: a title with
 * the settings of the case, the request, the answer, and each trace as a tree.
 *
 * @param text the content of the file
 * @param settings in addition to those of application.properties
 * @param request its method, path and headers
 */
record ContractCase(Path file, String text, Map<String, String> settings, List<String> request) {

  private static final Path FOLDER = Path.of("src", "test", "resources", "traces");

  static Stream<ContractCase> all() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().map(ContractCase::read).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ContractCase named(String name) {
    return read(FOLDER.resolve(name + ".txt"));
  }

  /** The name of the file, without {@code .txt}. */
  String name() {
    return file.getFileName().toString().replace(".txt", "");
  }

  private static ContractCase read(Path file) {
    try {
      String text = Files.readString(file);
      String[] parts = text.split("\n\n", 3);
      Map<String, String> settings = new TreeMap<>();
      parts[0]
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" = ", 2))
          .forEach(setting -> settings.put(setting[0], setting[1]));
      settings.remove("attributes"); // sets how the trees are drawn
      return new ContractCase(file, text, settings, parts[1].lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends the request to main. */
  HttpResponse<String> send(int port) {
    String[] line = request.get(0).split(" ", 2);
    List<String> headers = new ArrayList<>();
    for (String header : request.subList(1, request.size())) {
      headers.addAll(List.of(header.split(": ", 2)));
    }
    return Http.send(line[0], "http://127.0.0.1:" + port + line[1], headers.toArray(String[]::new));
  }

  /** What the file should contain about the request and its answer. */
  String of(HttpResponse<String> answer) {
    return String.join("\n", request) + "\n\n" + constant(summary(answer));
  }

  private static String summary(HttpResponse<String> answer) {
    String type = answer.headers().firstValue("Content-Type").orElse("");
    return answer.statusCode() + " " + (type.contains("json") ? answer.body() : type);
  }

  /** Replaces the ids, which differ from run to run. */
  private static String constant(String text) {
    return text.replaceAll("00-[0-9a-f]{32}-[0-9a-f]{16}-", "00-…-…-")
        .replaceAll("\"traceId\":\"[0-9a-f]{32}\"", "\"traceId\":\"…\"");
  }

  @Override
  public String toString() {
    return name();
  }
}
