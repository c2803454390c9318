package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.yaml.snakeyaml.Yaml;

/**
 * Validates compose.yaml and deploy/scale.yaml by the schema of the Compose Specification, if
 * {@value #FILE} has its path.
 */
@EnabledIfEnvironmentVariable(named = ComposeSchemaTest.FILE, matches = ".+")
class ComposeSchemaTest {

  static final String FILE = "COMPOSE_SCHEMA";

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void theyKeepTheSchema() throws IOException {
    String text = Files.readString(Path.of("compose.yaml"));

    assertThat(schema().validate(compose(text))).isEmpty();
    assertThat(schema().validate(compose(Files.readString(Path.of(Compose.SCALE))))).isEmpty();
    assertThat(schema().validate(compose(text.replace("healthcheck:", "health-check:"))))
        .isNotEmpty();
  }

  private JsonSchema schema() throws IOException {
    ObjectNode schema = (ObjectNode) json.readTree(Path.of(System.getenv(FILE)).toFile());
    schema.remove("$id"); // not an absolute URI
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
  }

  private JsonNode compose(String text) {
    return json.valueToTree(new Yaml().load(text.replace("!reset ", "")));
  }
}
