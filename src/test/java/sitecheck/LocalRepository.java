package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The Maven repository of this machine, together with the artifacts of this project. */
final class LocalRepository {

  static final Path FOLDER = Path.of("target/lift/repository").toAbsolutePath();

  private LocalRepository() {}

  /**
   * Installs an artifact as its page says, unless the installed one is newer than its classes.
   *
   * @param compiled one of these compiled classes
   */
  static void install(String artifact, String compiled) {
    String jar = "sitecheck/site-check-%1$s/0.1.0-SNAPSHOT/site-check-%1$s-0.1.0-SNAPSHOT.jar";
    File installed = FOLDER.resolve(jar.formatted(artifact)).toFile();
    Once.make(
        FOLDER.resolveSibling("installed-" + artifact),
        () -> installed.lastModified() > new File("target", compiled).lastModified(),
        () -> assertThat(maven("-q", "-f", artifact + "/pom.xml", "install")).isZero());
  }

  /** Installs the jar of this project, unless the installed one is as new. */
  static void installTheJar() {
    String goal = "org.apache.maven.plugins:maven-install-plugin:3.1.2:install-file";
    Path jar = Path.of("target/site-check.jar");
    Path installed =
        FOLDER.resolve("sitecheck/site-check/0.1.0-SNAPSHOT/site-check-0.1.0-SNAPSHOT.jar");
    Once.make(
        FOLDER.resolveSibling("installed-jar"),
        () -> ClassArchive.isNewer(installed, jar),
        () -> assertThat(maven("-q", goal, "-Dfile=" + jar, "-DpomFile=pom.xml")).isZero());
  }

  /** Runs Maven with this repository, and returns its exit status. */
  static int maven(String... arguments) {
    Once.make(FOLDER.resolveSibling("linked"), () -> false, LocalRepository::link);
    List<String> command = new ArrayList<>(List.of("./mvnw", "-Dmaven.repo.local=" + FOLDER));
    command.addAll(List.of(arguments));
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void link() {
    try (Stream<Path> folders = Files.list(Path.of(System.getProperty("localRepository")))) {
      Files.createDirectories(FOLDER);
      for (Path linked : folders.toList()) {
        Path link = FOLDER.resolve(linked.getFileName());
        if (!Files.exists(link) && !link.endsWith("sitecheck")) {
          Files.createSymbolicLink(link, linked);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
