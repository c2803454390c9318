package sitecheck.contract;

import java.util.List;
import sitecheck.contract.TraceDrawing.Line;

/** Two texts, line by line, as one. */
final class Difference {

  private Difference() {}

  /**
   * Those of both texts behind two spaces, of the first alone behind {@code -}, and of the second
   * alone behind {@code +}. The first line that differs is marked, and the attributes follow that
   * its span has.
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

  /** How many lines the rests of both, from a line of each on, have in common. */
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
