package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code docker run} without Docker: the image's command runs as a process. */
@EnabledForJreRange(min = JRE.JAVA_25)
@EnabledOnOs(OS.LINUX)
class ImageIT {

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int CLIENTS = 16;
  private static final int REQUESTS = 3000;

  @TempDir Path folder;

  private final String address = Image.address();
  private Process process;

  @AfterEach
  void end() {
    process.destroyForcibly().onExit().join();
  }

  @Test
  void itsCacheIsOfUseOnALargeMachine() throws IOException {
    start(List.of("log"), Image.MEMORY + "128g");

    assertThat(output()).doesNotContain("[error]", "[warning]");
  }

  /** With 512 MB a JVM chooses this collector. A busy machine may leave requests unanswered. */
  @Test
  void allServicesFitIn512MegabytesUnderLoad() throws Exception {
    start(List.of(), Image.MEMORY + "512m -XX:+UseSerialGC");

    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    for (int i = 0; i < REQUESTS; i++) {
      clients.execute(this::ask);
    }
    clients.shutdown();
    await().atMost(LIMIT.multipliedBy(3)).until(clients::isTerminated);

    await().atMost(LIMIT).ignoreExceptions().until(() -> ask().statusCode() == 200);
    assertThat(mostMemory()).as("MB").isBetween(200, 512);
  }

  private HttpResponse<String> ask() {
    return Http.get("http://" + address + ":5000/check-sites-v2");
  }

  private void start(List<String> services, String options) throws IOException {
    ProcessBuilder builder = new Image().run(services);
    builder.environment().put("LISTEN_HOST", address);
    builder.environment().put("DATA_FOLDER", folder.toString());
    builder.environment().put("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on " + options);
    process =
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("out").toFile()).start();
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              assertThat(process.isAlive()).as("runs: " + output()).isTrue();
              return output().contains("\nReady in ");
            });
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("out"));
  }

  /** The peak of the process's memory, in megabytes. */
  private int mostMemory() throws IOException {
    String status = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "status"));
    Matcher most = Pattern.compile("VmHWM:\\s+(\\d+) kB").matcher(status);
    assertThat(most.find()).isTrue();
    return Integer.parseInt(most.group(1)) / 1024;
  }
}
