package sitecheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Makes a JVM ready in a third of the time: it loads its classes from an archive, and compiles a
 * method only once, without much optimization. That is enough for a JVM that runs for seconds.
 */
final class ClassArchive {

  private static final List<String> SIMPLY = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private ClassArchive() {}

  /**
   * The options of a JVM that runs a jar.
   *
   * @param once runs the jar with other options, if it has no archive yet
   */
  static List<String> options(Path jar, Function<List<String>, Launch> once) {
    Path archive =
        Path.of("target", jar.getFileName() + "-" + Runtime.version().feature() + ".jsa")
            .toAbsolutePath();
    Once.make(archive, () -> isNewer(archive, jar), () -> make(archive, once));
    return with("-XX:SharedArchiveFile=" + archive);
  }

  private static void make(Path archive, Function<List<String>, Launch> once) {
    List<String> keep = with("-XX:ArchiveClassesAtExit=" + archive);
    try (Launch first = once.apply(keep).awaitReady()) {
      first.terminate();
      first.exitStatus();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static List<String> with(String option) {
    return Stream.concat(SIMPLY.stream(), Stream.of(option)).toList();
  }

  static boolean isNewer(Path archive, Path jar) {
    try {
      return Files.exists(archive)
          && Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
