package sitecheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BooleanSupplier;

/** Makes what tests need from the build's results, in whichever test JVM needs it first. */
final class Once {

  private Once() {}

  /**
   * Makes a file unless it exists. Other JVMs that need it wait until it is made.
   *
   * @param isThere is called while no JVM is making the file
   */
  static synchronized void make(Path file, BooleanSupplier isThere, Runnable maker) {
    Path lock = file.resolveSibling(file.getFileName() + ".lock");
    try {
      Files.createDirectories(lock.getParent());
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = channel.lock()) {
        if (!isThere.getAsBoolean()) {
          maker.run();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
