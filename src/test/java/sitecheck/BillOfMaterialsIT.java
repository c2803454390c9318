package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares the bill of materials in the jar with the libraries that the jar runs with. */
@Tag("any-jdk")
class BillOfMaterialsIT {

  @Test
  void itListsEveryLibraryThatIsBesideTheJarAndNoOther() throws Exception {
    Set<String> listed = new TreeSet<>();
    try (JarFile jar = new JarFile("target/site-check.jar")) {
      byte[] content =
          jar.getInputStream(jar.getEntry("META-INF/sbom/site-check.cdx.json")).readAllBytes();
      JsonNode bom = Trace.json(new String(content, StandardCharsets.UTF_8));
      assertThat(bom.path("bomFormat").asText()).isEqualTo("CycloneDX");
      for (JsonNode library : bom.path("components")) {
        listed.add(library.path("name").asText() + "-" + library.path("version").asText());
      }
    }

    assertThat(listed)
        .anyMatch(name -> name.startsWith("camel-core-"))
        .anyMatch(name -> name.startsWith("opentelemetry-sdk-1."))
        .isEqualTo(libraries());
  }

  private static Set<String> libraries() throws Exception {
    Set<String> libraries = new TreeSet<>();
    try (Stream<Path> files = Files.list(Path.of("target/lib"))) {
      files.forEach(file -> libraries.add(file.getFileName().toString().replace(".jar", "")));
    }
    return libraries;
  }
}
