package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.impl.driver.Driver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.Compose.Container;

/** Tests what compose.yaml and deploy/scale.yaml give each container, and what they do not. */
class ComposeTest {

  private static final String LOAD = read("deploy/load.js");

  @TempDir Path folder;

  private final Map<String, Container> one = new Compose(Map.of()).containers();
  private final Map<String, Container> two = new Compose(Map.of(), Compose.SCALE).containers();

  @Test
  void mainAndTheUiArePublishedForThisMachineAlone() {
    assertThat(ports(one.values())).containsExactly("127.0.0.1:16686:16686", "127.0.0.1:5000:5000");
    assertThat(ports(two.values())).containsExactly("127.0.0.1:5000:5000", "127.0.0.1:16686:16686");
    assertThat(two.get("balancer").strings("ports")).hasSize(1);
  }

  @Test
  void theyArePublishedForOthersWhenToldSo() {
    Map<String, String> told = Map.of("PUBLISH", "0.0.0.0");

    assertThat(ports(new Compose(told).containers().values()))
        .hasSize(2)
        .allMatch(port -> port.startsWith("0.0.0.0:"));
    assertThat(ports(new Compose(told, Compose.SCALE).containers().values()))
        .hasSize(2)
        .allMatch(port -> port.startsWith("0.0.0.0:"));
  }

  private static List<String> ports(Collection<Container> containers) {
    return containers.stream().flatMap(one -> one.strings("ports").stream()).toList();
  }

  @Test
  void eachHasAnImageOfAVersionAndItsLimits() {
    assertThat(two.values())
        .hasSize(11)
        .allSatisfy(
            container -> {
              assertThat(container.text().get("image").toString()).matches(".*:\\d+\\.[\\d.]+");
              assertThat(container.text()).containsKeys("mem_limit", "pids_limit");
              assertThat(container.strings("cap_drop")).containsExactly("ALL");
              assertThat(container.strings("security_opt"))
                  .containsExactly("no-new-privileges:true");
            });
  }

  /** Without root's capabilities, its process could not switch to another user. */
  @Test
  void postgresqlIsNotRoot() {
    assertThat(one.get("postgres").text()).containsEntry("user", "postgres");
  }

  @Test
  void ofOursNoneCanWriteButWhereItMust() {
    assertThat(one.values())
        .filteredOn(Container::ours)
        .hasSize(6)
        .allSatisfy(
            container -> {
              assertThat(container.text()).containsEntry("read_only", true);
              assertThat(container.strings("tmpfs")).containsExactly("/tmp:exec");
            });
  }

  @Test
  void theImageIsBuiltOnceAndNotPulled() {
    assertThat(two.values())
        .filteredOn(container -> container.text().containsKey("build"))
        .extracting(Container::name)
        .containsExactly("log");
    assertThat(two.values())
        .filteredOn(Container::ours)
        .hasSize(6)
        .allSatisfy(
            container -> assertThat(container.text()).containsEntry("pull_policy", "never"));
  }

  /** Nobody knows which service wrote a volume without a name. */
  @Test
  void eachVolumeHasAName() {
    assertThat(read("Dockerfile")).doesNotContainPattern("(?m)^VOLUME");
    assertThat(two.values())
        .flatExtracting(container -> container.strings("volumes"))
        .hasSizeGreaterThan(4)
        .allSatisfy(volume -> assertThat(volume.toString()).matches("(\\./)?\\w.*:/.*"));
    assertThat(one.get("jaeger").strings("tmpfs"))
        .containsExactly("/tmp"); // its image has a VOLUME
  }

  @Test
  void aStoppingReplicaAnswersTheRequestsInFlight() {
    assertThat(two.values())
        .filteredOn(container -> container.text().containsKey("deploy"))
        .hasSize(5)
        .allSatisfy(
            container ->
                assertThat(Integer.parseInt(container.environment().get("STOP_TIMEOUT")))
                    .isGreaterThan(10_000) // upstream.timeout
                    .isLessThan(1000 * seconds(container)));
  }

  private static int seconds(Container container) {
    return Integer.parseInt(container.text().get("stop_grace_period").toString().replace("s", ""));
  }

  @Test
  void jaegerHasRoomForTheTracesOfTheLoadTwice() {
    int sent =
        number("rate: (\\d+), timeUnit: \"1s\"", LOAD) * number("duration: \"(\\d+)m\"", LOAD) * 60;
    Container jaeger = one.get("jaeger");
    int kept = number("memory\\.max_traces=(\\d+)", jaeger.command().toString());
    int limit = number("(\\d+)g", jaeger.text().get("mem_limit").toString()) * 1024;

    assertThat(kept).isGreaterThanOrEqualTo(2 * sent);
    // With 1 GB, Jaeger was killed when 38,000 of our traces filled it.
    assertThat(limit * 1024 / kept).as("kB a trace").isGreaterThan(1024 * 1024 / 38_000);
    assertThat(number("(\\d+)MiB", jaeger.environment().get("GOMEMLIMIT"))).isLessThan(limit);
  }

  private static int number(String pattern, String text) {
    Matcher number = Pattern.compile(pattern).matcher(text);
    assertThat(number.find()).as(pattern).isTrue();
    return Integer.parseInt(number.group(1));
  }

  @Test
  void theRealSitesGetNoLoad() throws Exception {
    assertThat(one.get("load").environment()).containsEntry("SITES", "real");
    assertThat(load(one.get("load"))).contains("The real sites get no load");

    Map<String, Container> standIn = new Compose(Map.of("SITES", "stand-in")).containers();
    assertThat(load(standIn.get("load"))).isEmpty();
    assertThat(standIn.get("service1").environment()).containsEntry("SITES", "stand-in");
  }

  /** The script's output before it sends a request, run by the Node that drives the browser. */
  private String load(Container container) throws Exception {
    Path driver = Driver.ensureDriverInstalled(Map.of(), false).driverDir();
    Path script = folder.resolve("load.mjs");
    Files.writeString(
        script, "const __ENV = process.env;\n" + LOAD.replaceAll("(?m)^import.*", ""));
    List<String> command = new ArrayList<>(List.of(driver.resolve("node").toString()));
    command.add(script.toString());
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
    process.environment().putAll(container.environment());
    Process node = process.start();
    return new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
