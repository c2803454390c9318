package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sitecheck.service.StartException;

/** A system that cannot start says why in one line, and leaves nothing running. */
class FailedStartTest {

  @TempDir Path folder;

  private final Map<String, String> settings = Ports.settings();

  private void assertFails(List<String> services, String... messages) {
    PrintStream output = new PrintStream(OutputStream.nullOutputStream(), true);
    assertThatThrownBy(
            () -> {
              try (SiteCheck system = new SiteCheck(services, settings, output)) {
                system.start();
              }
            })
        .isInstanceOf(StartException.class)
        .message()
        .startsWith(messages[0])
        .contains(messages)
        .hasLineCount(1);
  }

  private void assertNothingListens() {
    await()
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(Ports.taken(settings)).isEmpty());
  }

  private int port(String setting) {
    return Integer.parseInt(settings.get(setting));
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/sitecheck/refused.csv", delimiter = '|', quoteCharacter = '\0')
  void aSettingThatCannotWorkIsNamedWithTheReason(String setting, String message) {
    Map<String, String> free = Map.copyOf(settings);
    settings.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);

    assertFails(List.of(), message);

    settings.putAll(free);
    assertNothingListens();
  }

  @ParameterizedTest
  @CsvSource({
    "log.camel.yaml, 'a: b: c', log did not start: mapping values are not allowed here in file:",
    "main.camel.yaml, '- nonsense: {}', main did not start: Unknown node id: nonsense in file:",
    "log.camel.yaml, '- route: {from: {uri: no:where, steps: []}}', log did not start: Failed to"
  })
  void aRouteFileThatIsWrongIsNamed(String file, String content, String message)
      throws IOException {
    Path routes = folder.resolve("routes");
    Launcher.copyRoutes(routes);
    Files.writeString(routes.resolve(file), content);
    settings.put("routes.folder", "file:" + routes);

    assertFails(List.of(), message, file);

    assertNothingListens();
  }

  @ParameterizedTest
  @ValueSource(strings = {"service2", "log", "sites", "main.management", "traces.management"})
  void aPortInUseIsNamed(String name) throws IOException {
    String setting = name + ".port";
    try (var taken = new ServerSocket(port(setting), 1, InetAddress.getLoopbackAddress())) {
      assertFails(List.of(), "", setting, String.valueOf(taken.getLocalPort()));
    }
    assertNothingListens();
  }

  @Test
  void aTraceStoreThatIsNamedNeedsItsPort() {
    try (SiteCheck other = Launcher.inThisJvm(List.of("traces"), settings)) {
      assertFails(List.of("traces"), "", "traces.port", settings.get("traces.port"));
    }
  }
}
