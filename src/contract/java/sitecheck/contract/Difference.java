package sitecheck.contract;

import java.util.List;
import sitecheck.contract.TraceDrawing.Line;

/** Merges two texts, line by line, into one that shows their differences. */
final class Difference {

  private Difference() {}

  /**
   * Lines of both texts are prefixed with two spaces, lines of the first alone with {@code -}, and
   * lines of the second alone with {@code +}. The first line that differs is marked, and the
   * attributes of its span follow.
   */
  static String of(String expected, List<Line> actual) {
    List<String> before = expected.lines().toList();
    List<String> after = actual.stream().map(line -> line.text().stripTrailing()).toList();
    int[][] common = common(before, after);
    StringBuilder text = new StringBuilder();
    boolean found = false;
    boolean detailed = false;
    int i = 0;
    int j = 0;
    while (i < before.size() || j < after.size()) {
      if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
        text.append("    ").append(before.get(i++)).append('\n');
        j++;
        detailed |= found;
      } else {
        text.append(found ? "  " : "> ");
        found = true;
        if (j == after.size() || i < before.size() && common[i + 1][j] >= common[i][j + 1]) {
          text.append("- ").append(before.get(i++)).append('\n');
        } else {
          text.append("+ ").append(after.get(j)).append('\n');
          if (!detailed) {
            actual.get(j).attributes().forEach(one -> text.append("  . ").append(one).append('\n'));
            detailed = true;
          }
          j++;
        }
      }
    }
    return text.toString();
  }

  /** The length of the longest common subsequence of both texts from each pair of lines on. */
  private static int[][] common(List<String> before, List<String> after) {
    int[][] common = new int[before.size() + 1][after.size() + 1];
    for (int i = before.size() - 1; i >= 0; i--) {
      for (int j = after.size() - 1; j >= 0; j--) {
        common[i][j] =
            before.get(i).equals(after.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    return common;
  }
}
