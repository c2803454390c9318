package sitecheck.contract;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The file of a request. Empty lines separate its parts: a title and settings, what the test says
 * about the answer, and a tree for each trace. All but the trees may be missing.
 *
 * @param title begins with {@code #}, or has settings {@code name = value}; else empty
 * @param answer empty if there is none
 * @param trees null if there is no file
 */
record TraceFile(Path path, String title, String answer, String trees) {

  private static final Pattern TITLE = Pattern.compile("(#|[\\w.-]+ = )");
  private static final Pattern TREE =
      Pattern.compile(
          "(?:no spans|trace \\w+, below|[^\n]* (server|client|internal|producer|consumer) +[-\\d])");

  static TraceFile read(Path path) {
    try {
      if (!Files.exists(path)) {
        return new TraceFile(path, "", "", null);
      }
      List<String> parts = new ArrayList<>(List.of(Files.readString(path).split("\n\n")));
      String title = TITLE.matcher(parts.get(0)).lookingAt() ? parts.remove(0) : "";
      int answer = 0;
      while (answer < parts.size() && !TREE.matcher(parts.get(answer)).lookingAt()) {
        answer++;
      }
      return new TraceFile(
          path,
          title,
          String.join("\n\n", parts.subList(0, answer)),
          String.join("\n\n", parts.subList(answer, parts.size())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean exists() {
    return trees != null;
  }

  /** Whether the trees have all attributes: the title has the line {@code attributes = all}. */
  boolean everything() {
    return title.lines().anyMatch("attributes = all"::equals);
  }

  /** The text of a file with these parts. */
  static String text(String title, String answer, String trees) {
    return List.of(title, answer, trees).stream()
        .filter(part -> !part.isEmpty())
        .collect(joining("\n\n"));
  }

  String text() {
    return text(title, answer, trees);
  }

  void write(String text) {
    try {
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tree without times and column widths: spans with the same parent are in order of name. */
  static String timeless(String tree) {
    List<Node> roots = new ArrayList<>();
    List<Node> above = new ArrayList<>();
    for (String line : tree.lines().toList()) {
      int margin = line.length() - line.stripLeading().length();
      Node node = new Node(margin, line.strip().replaceFirst("^∥ ", "").replaceAll(" +", " "));
      while (!above.isEmpty() && above.get(above.size() - 1).margin >= margin) {
        above.remove(above.size() - 1);
      }
      (above.isEmpty() ? roots : above.get(above.size() - 1).children).add(node);
      above.add(node);
    }
    return roots.stream().map(Node::toString).sorted().collect(joining());
  }

  private record Node(int margin, String text, List<Node> children) {

    Node(int margin, String text) {
      this(margin, text, new ArrayList<>());
    }

    @Override
    public String toString() {
      return " ".repeat(margin)
          + text
          + "\n"
          + children.stream()
              .sorted(Comparator.comparing(Node::text).thenComparing(Node::toString))
              .map(Node::toString)
              .collect(joining());
    }
  }
}
