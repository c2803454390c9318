package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compiles the benchmarks: they are not part of the build, but must not go stale. */
class BenchmarkTest {

  @ParameterizedTest
  @ValueSource(strings = {"Benchmark", "KillLog", "SideBySide"})
  void itCompilesWithoutAWarning(String name, @TempDir Path folder) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    ByteArrayOutputStream said = new ByteArrayOutputStream();

    int status =
        compiler.run(
            null, said, said, "-Xlint:all", "-d", folder.toString(), "bench/" + name + ".java");

    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(status).isZero();
  }
}
