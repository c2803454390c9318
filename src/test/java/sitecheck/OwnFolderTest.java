package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** deploy/image/own-folder: instances that share a volume. */
@EnabledOnOs(OS.LINUX)
class OwnFolderTest {

  @TempDir Path volume;

  private final List<Process> running = new ArrayList<>();

  @AfterEach
  void endAll() {
    running.forEach(process -> process.destroyForcibly().onExit().join());
  }

  @Test
  void eachHasAFolderOfItsOwn() throws IOException {
    assertThat(start(volume)).isEqualTo(volume.toString());
    assertThat(start(volume)).isEqualTo(volume + "/2");
    assertThat(start(volume)).isEqualTo(volume + "/3");
  }

  @Test
  void theNextProcessDeliversTheEntriesOfAKilledOne() throws IOException {
    start(volume);
    start(volume);
    running.get(0).destroyForcibly().onExit().join();

    assertThat(start(volume)).isEqualTo(volume.toString());
  }

  @Test
  void aProcessThatCannotWriteNeedsNoArchive() throws IOException {
    Path file = Files.createFile(volume.resolve("file"));

    assertThat(start(file.resolve("data"))).isEqualTo(file + "/data");
  }

  /** Starts a program that runs until it is killed; returns its data folder. */
  private String start(Path volume) throws IOException {
    String script = Path.of("deploy", "image", "own-folder").toAbsolutePath().toString();
    ProcessBuilder process = new ProcessBuilder(script, "sh", "-c", "echo $DATA_FOLDER; read end");
    process.environment().put("DATA_FOLDER", volume.toString());
    running.add(process.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    BufferedReader output = running.get(running.size() - 1).inputReader();
    return output.readLine();
  }
}
