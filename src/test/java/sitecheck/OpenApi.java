package sitecheck;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.networknt.schema.DisallowUnknownKeywordFactory;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.oas.OpenApi31;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** The contract of the services: {@code docs/openapi.yaml}. */
public final class OpenApi {

  /** The media type of an error answer. */
  static final String PROBLEM = "application/problem+json";

  /** Headers that any server may add. */
  private static final Set<String> TRANSPORT =
      Set.of("connection", "content-length", "content-type", "date", "server", "transfer-encoding");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final JsonNode DOCUMENT = read();
  private static final String LOCATION = "mem:openapi.json";

  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(
          SpecVersion.VersionFlag.V202012,
          factory ->
              factory
                  .metaSchema(dialect())
                  .defaultMetaSchemaIri(dialect().getIri())
                  .schemaLoaders(
                      loaders -> loaders.schemas(Map.of(LOCATION, DOCUMENT.toString()))));

  private static final SchemaValidatorsConfig CONFIG =
      SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

  private OpenApi() {}

  private static JsonNode read() {
    try {
      return JSON.valueToTree(new Yaml().load(Files.readString(Path.of("docs", "openapi.yaml"))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The dialect of OpenAPI 3.1. Unknown keywords fail: a misspelt one would check nothing. */
  private static JsonMetaSchema dialect() {
    JsonMetaSchema.Builder dialect =
        JsonMetaSchema.builder(OpenApi31.getInstance())
            .unknownKeywordFactory(DisallowUnknownKeywordFactory.getInstance());
    DOCUMENT.fieldNames().forEachRemaining(name -> dialect.keyword(new NonValidationKeyword(name)));
    return dialect.build();
  }

  /**
   * The ways in which an answer breaks the contract. If the contract does not have the path, only
   * the problem in the answer is checked, if there is one.
   *
   * @param headers by name in lower case
   */
  static List<String> violations(
      String method, String path, int status, Map<String, String> headers, String body) {
    String type = headers.getOrDefault("content-type", "").split(" *;")[0];
    List<String> violations = new ArrayList<>();
    if (type.equals(PROBLEM) && !method.equals("HEAD")) {
      JsonNode problem = json(body);
      violations.addAll(invalid("/components/schemas/Problem", problem));
      if (problem.path("status").asInt() != status) {
        violations.add("the problem has another status than the answer");
      }
      String trace = "00-%s-".formatted(problem.path("traceId").asText());
      if (!headers.getOrDefault("traceresponse", trace).startsWith(trace)) {
        violations.add("the problem has another trace than the answer");
      }
    }
    if (!DOCUMENT.path("paths").has(path)) {
      return violations;
    }
    String response = response(method, path, status);
    if (response == null) {
      return List.of("there is no answer " + status);
    }
    headers.forEach(
        (name, value) -> {
          if (!TRANSPORT.contains(name)) {
            violations.addAll(invalid(header(response, name), value));
          }
        });
    boolean bodiless = method.equals("HEAD") || !DOCUMENT.at(response).has("content");
    if (bodiless && !body.isEmpty()) {
      violations.add("there is a body");
    } else if (!bodiless) {
      String schema = response + "/content/" + type.replace("/", "~1") + "/schema";
      violations.addAll(
          type.endsWith("json") ? invalid(schema, json(body)) : invalid(schema, body));
    }
    return violations;
  }

  /** The method and path of each operation of a service. */
  static List<String> operations(String service) {
    List<String> operations = new ArrayList<>();
    for (var path : DOCUMENT.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        if (operation.getValue().at("/tags/0").asText().equals(service)) {
          operations.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    return operations;
  }

  /** Whether the contract allows a body as an entry of the log. */
  static boolean isEntry(String body) {
    String content = "/paths/~1api~1log/post/requestBody/content/application~1json/schema";
    return invalid(content, json(body)).isEmpty();
  }

  /** Where the contract describes an answer: at its operation, or among the common ones. */
  private static String response(String method, String path, int status) {
    String operation = method.equals("HEAD") ? "get" : method.toLowerCase(Locale.ROOT);
    String own = "/paths/%s/%s/responses/".formatted(path.replace("/", "~1"), operation);
    String common =
        "/components/responses/"
            + switch (status / 100) {
              case 2 -> method.equals("OPTIONS") && status == 204 ? "Options" : "none";
              case 4 -> "Refused";
              default -> "Failed";
            };
    return Stream.of(own + status, own + status / 100 + "XX", common)
        .filter(place -> !DOCUMENT.at(place).isMissingNode())
        .findFirst()
        .map(OpenApi::resolve)
        .orElse(null);
  }

  private static String header(String response, String name) {
    for (var header : DOCUMENT.at(response).path("headers").properties()) {
      if (header.getKey().equalsIgnoreCase(name)) {
        return resolve(response + "/headers/" + header.getKey()) + "/schema";
      }
    }
    return "/no header " + name;
  }

  private static String resolve(String place) {
    String reference = DOCUMENT.at(place).path("$ref").asText("#" + place);
    return reference.substring(1);
  }

  private static List<String> invalid(String schema, String text) {
    boolean number = DOCUMENT.at(schema).path("type").asText().equals("integer");
    return invalid(schema, number ? json(text) : JSON.valueToTree(text));
  }

  private static List<String> invalid(String schema, JsonNode value) {
    if (DOCUMENT.at(schema).isMissingNode()) {
      return List.of("not in the contract: " + schema);
    }
    return SCHEMAS
        .getSchema(SchemaLocation.of(LOCATION + "#" + schema), CONFIG)
        .validate(value)
        .stream()
        .map(Object::toString)
        .toList();
  }

  /** A missing node if the text is not JSON: no schema allows one. */
  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }
}
