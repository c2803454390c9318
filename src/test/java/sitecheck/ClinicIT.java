package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the commands of each file of the clinic, and compares the result with the file: a fault that
 * no longer shows is an error too. {@code -Dcontract=write} rewrites the files.
 */
@DisabledOnOs(OS.WINDOWS)
@Tag("any-jdk")
class ClinicIT {

  static final boolean WRITE = "write".equals(System.getProperty("contract"));

  /** Three cases at once: each of them waits most of the time. */
  private static final ExecutorService THREADS = Executors.newFixedThreadPool(3);

  private static final Map<String, Future<String>> RUNS = new TreeMap<>();

  /** Fetches what some cases need besides the system, and starts all cases. */
  @BeforeAll
  static void begin() {
    Path agent = Path.of("target", "clinic", "opentelemetry-javaagent.jar");
    Once.make(agent, () -> Files.exists(agent), ClinicIT::build);
    ClinicCase.all().forEach(one -> RUNS.put(one.name(), THREADS.submit(one::actual)));
  }

  @AfterAll
  static void end() {
    THREADS.shutdownNow();
  }

  private static void build() {
    try {
      List<String> command = List.of("./mvnw", "-q", "-f", "clinic/pom.xml", "package");
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("sitecheck.ClinicCase#all")
  void theTracesAreThoseWrittenDown(ClinicCase expected) throws Exception {
    String actual = RUNS.get(expected.name()).get();

    if (WRITE) {
      expected.write(actual);
    } else {
      assertThat(actual).isEqualTo(expected.text());
    }
  }
}
