package sitecheck.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Records the files that a test class uses, beside the folder of the compiled classes, once all its
 * tests have passed. The last class then finds the files that no class has used, even if the tests
 * run in several JVMs. If only some of the tests run, it reports nothing.
 */
final class UsedFiles {

  private final Set<String> used = new TreeSet<>();
  private final Set<Method> ran = new HashSet<>();
  private boolean anyFailed;

  void add(Path file) {
    used.add(file.toString());
  }

  /** Records that a test has run; a failed test may have used other files. */
  void ran(Method test, boolean failed) {
    ran.add(test);
    anyFailed |= failed;
  }

  /** Whether all tests of a class have run, and none has failed. */
  boolean arePassed(Class<?> testClass) {
    List<Method> tests =
        AnnotationSupport.findAnnotatedMethods(
            testClass, Testable.class, HierarchyTraversalMode.TOP_DOWN);
    return !anyFailed && ran.containsAll(tests);
  }

  /** The files in all contracts' folders that no test uses; empty until that is certain. */
  List<Path> unused(Class<?> testClass, Path folder) {
    try {
      Path classes = Path.of(testClass.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (!arePassed(testClass) || !Files.isDirectory(classes)) {
        return List.of();
      }
      Path records = Files.createDirectories(classes.resolveSibling("trace-contract"));
      used.add(folder.toString());
      Files.write(records.resolve(testClass.getName()), used);

      Set<String> known = new TreeSet<>();
      for (Class<?> user : users(classes)) {
        Path record = records.resolve(user.getName());
        Path compiled = classes.resolve(user.getName().replace('.', '/') + ".class");
        if (!Files.exists(record)
            || Files.getLastModifiedTime(record).compareTo(Files.getLastModifiedTime(compiled))
                < 0) {
          return List.of();
        }
        known.addAll(Files.readAllLines(record));
      }
      List<Path> unused = new ArrayList<>();
      for (Path of : known.stream().map(Path::of).filter(Files::isDirectory).toList()) {
        try (Stream<Path> files = Files.list(of)) {
          files
              .filter(file -> file.toString().endsWith(".txt") && !known.contains(file.toString()))
              .sorted()
              .forEach(unused::add);
        }
      }
      return unused;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Class<?>> users(Path classes) {
    return ReflectionSupport.findAllClassesInClasspathRoot(
        classes.toUri(), UsedFiles::hasContract, name -> true);
  }

  private static boolean hasContract(Class<?> type) {
    return Stream.of(type.getDeclaredFields())
        .filter(field -> field.getType() == TraceContract.class)
        .anyMatch(field -> AnnotationSupport.isAnnotated(field, RegisterExtension.class));
  }
}
