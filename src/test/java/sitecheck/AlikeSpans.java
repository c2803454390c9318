package sitecheck;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Merges drawn traces of many requests, so that equal spans below equal parents appear once. */
final class AlikeSpans {

  /** The service and the kind, no matter how far the name is indented. */
  private static final String COLUMNS = " +(\\S+) +(server|client|internal|consumer) +";

  private AlikeSpans() {}

  /** Returns a drawing with each span once below each parent, without counts. */
  static String once(String drawing) {
    Map<String, Map<String, Boolean>> below = new LinkedHashMap<>();
    Map<String, Boolean> roots = new TreeMap<>();
    Deque<String> parents = new ArrayDeque<>();
    for (String line : drawing.lines().toList()) {
      if (line.isBlank()) {
        parents.clear();
        continue;
      }
      int depth = (line.length() - line.stripLeading().length()) / 2;
      while (parents.size() > depth) {
        parents.pop();
      }
      String span = line.strip().replaceAll(COLUMNS, "  $1  $2  ");
      if (parents.isEmpty()) {
        roots.put(span, true);
      } else {
        below.computeIfAbsent(parents.peek(), parent -> new TreeMap<>()).put(span, true);
      }
      parents.push(span);
    }
    List<String> lines = new ArrayList<>();
    roots.keySet().forEach(root -> draw(root, "", below, List.of(), lines));
    return String.join("", lines);
  }

  private static void draw(
      String span,
      String margin,
      Map<String, Map<String, Boolean>> below,
      List<String> above,
      List<String> lines) {
    if (margin.isEmpty() && !lines.isEmpty()) {
      lines.add("\n");
    }
    String[] columns = (margin + span).split("(?<=\\S) {2,}", 2);
    lines.add("%-37s %s%n".formatted(columns[0], columns.length > 1 ? columns[1] : ""));
    if (!above.contains(span)) { // or the recursion would not end
      List<String> path = new ArrayList<>(above);
      path.add(span);
      below
          .getOrDefault(span, Map.of())
          .keySet()
          .forEach(child -> draw(child, margin + "  ", below, path, lines));
    }
  }
}
