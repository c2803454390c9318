package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Compares docs/clinic.md with the clinic's files. {@code -Dcontract=write} updates the page. */
class ClinicTest {

  private static final Path PAGE = Path.of("docs", "clinic.md");

  /** A block with the text of a file. */
  private static final Pattern SHOWN = Pattern.compile("(?s)(```text ([\\w-]+/\\w+)\n).*?```");

  /** A block with the line that mends a case. */
  private static final Pattern CURE = Pattern.compile("(?s)```(?:sh|yaml) ([\\w-]+)\n(.*?)\n```");

  private static final Pattern ROUTES = Pattern.compile("routes-include-pattern=file:(\\S+)");

  private static final Pattern LINK = Pattern.compile("\\]\\(#([\\w-]+)\\)");

  private final String page = read(PAGE);

  @Test
  void thePageShowsEachFile() throws IOException {
    Map<String, String> files =
        ClinicCase.all().collect(Collectors.toMap(ClinicCase::name, ClinicCase::text));
    Map<String, String> shown = new TreeMap<>();
    String actual =
        SHOWN
            .matcher(page)
            .replaceAll(
                block -> {
                  String text = files.get(block.group(2));
                  shown.put(block.group(2), text);
                  return Matcher.quoteReplacement(block.group(1) + text + "```");
                });
    if (ClinicIT.WRITE) {
      Files.writeString(PAGE, actual);
    } else {
      assertThat(page).isEqualTo(actual);
    }
    assertThat(shown).isEqualTo(files);
  }

  @Test
  void theLineThatMendsIsInTheMendedFilesAlone() {
    assertThat(CURE.matcher(page).results())
        .isNotEmpty()
        .allSatisfy(
            cure -> {
              assertThat(lines(cure.group(1), "mended"))
                  .containsAll(cure.group(2).lines().toList());
              assertThat(lines(cure.group(1), "broken"))
                  .doesNotContainAnyElementsOf(cure.group(2).lines().toList());
            });
  }

  @Test
  void theTableLeadsToEachCase() {
    assertThat(new TreeSet<>(LINK.matcher(page).results().map(link -> link.group(1)).toList()))
        .isEqualTo(
            ClinicCase.all()
                .map(file -> file.name().split("/")[0])
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  /** The settings of a case, and its routes. */
  private static List<String> lines(String name, String state) {
    String settings = read(Path.of("clinic", name, state));
    Matcher routes = ROUTES.matcher(settings);
    String all = routes.find() ? settings + read(Path.of(routes.group(1))) : settings;
    return all.lines().map(String::strip).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
