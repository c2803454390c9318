package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of the documentation. */
record Page(Path file, String text) {

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
  private static final Pattern LINK = Pattern.compile("\\]\\((?!http)([^)]+)\\)");

  static Page read(String file) {
    try {
      return new Page(Path.of(file), Files.readString(Path.of(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The blocks in a language, in order. */
  List<String> blocks(String language) {
    return BLOCK
        .matcher(text)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  /** The first block that contains a text. */
  String block(String language, String part) {
    return blocks(language).stream().filter(it -> it.contains(part)).findFirst().orElseThrow();
  }

  /** Compares all blocks in a language, or writes the actual ones ({@code -Dcontract=write}). */
  Page verify(String language, List<String> actual) {
    if (!"write".equals(System.getProperty("contract"))) {
      assertThat(blocks(language)).isEqualTo(actual);
      return this;
    }
    Iterator<String> next = actual.iterator();
    String written =
        BLOCK
            .matcher(text)
            .replaceAll(
                block ->
                    Matcher.quoteReplacement(
                        block.group(1).equals(language)
                            ? "```%s\n%s```".formatted(language, next.next())
                            : block.group()));
    try {
      Files.writeString(file, written);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Page(file, written);
  }

  void assertLinks() {
    assertThat(LINK.matcher(text).results())
        .isNotEmpty()
        .allSatisfy(link -> assertThat(file.resolveSibling(link.group(1))).exists());
  }
}
