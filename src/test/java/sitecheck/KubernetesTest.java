package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;
import org.yaml.snakeyaml.Yaml;

/** Checks deploy/kubernetes against the kinds of Kubernetes' own API, and against the settings. */
class KubernetesTest {

  private static final Path FOLDER = Path.of("deploy", "kubernetes");

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "ConfigMap", V1ConfigMap.class,
          "Namespace", V1Namespace.class,
          "Service", V1Service.class,
          "Deployment", V1Deployment.class,
          "StatefulSet", V1StatefulSet.class,
          "PodDisruptionBudget", V1PodDisruptionBudget.class,
          "HorizontalPodAutoscaler", V2HorizontalPodAutoscaler.class,
          "NetworkPolicy", V1NetworkPolicy.class);

  /** An object of a file, or of kustomize's output, where a pod has what all pods share. */
  record Manifest(String file, Map<String, Object> object) {
    @Override
    public String toString() {
      return file + ": " + object.get("kind");
    }
  }

  static Stream<Manifest> manifests() throws IOException {
    List<Manifest> manifests = new ArrayList<>();
    for (Object file : list(read("kustomization.yaml").get(0), "resources")) {
      read(file.toString()).forEach(object -> manifests.add(new Manifest(file.toString(), object)));
    }
    return manifests.stream();
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void eachManifestIsOfItsKind(Manifest manifest) throws Exception {
    Class<?> kind = KINDS.get(String.valueOf(manifest.object().get("kind")));
    String json = JSON.writeValueAsString(manifest.object());

    kind.getMethod("validateJsonElement", JsonElement.class)
        .invoke(null, JsonParser.parseString(json));
    assertKnown(json, kind);
  }

  @Test
  void theCommonPartOfAllPodsIsValid() throws Exception {
    JsonNode pod = JSON.valueToTree(read("pod.yaml").get(0)).at("/spec/template");
    assertKnown(pod.toString(), V1PodTemplateSpec.class);
  }

  @Test
  void theOutputOfKustomizeIsValid() throws Exception {
    Process kubectl = kubectl();
    String all = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(kubectl.waitFor()).isZero();
    for (Map<String, Object> object : objects(all)) {
      Class<?> kind = KINDS.get(object.get("kind").toString());
      eachManifestIsOfItsKind(new Manifest("all", object));
      if (kind == V1Deployment.class || kind == V1StatefulSet.class) {
        assertThat(object.toString())
            .contains("enableServiceLinks=false", "readOnlyRootFilesystem=true", "readinessProbe=");
      }
    }
  }

  private static Process kubectl() {
    try {
      return new ProcessBuilder("kubectl", "kustomize", FOLDER.toString())
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    } catch (IOException notThere) {
      throw new TestAbortedException("there is no kubectl", notThere);
    }
  }

  /** Converts the object to its kind and back: a field that the kind does not have is lost. */
  private static void assertKnown(String json, Class<?> kind) throws IOException {
    Object object = io.kubernetes.client.openapi.JSON.deserialize(json, kind);
    JsonNode back = JSON.readTree(io.kubernetes.client.openapi.JSON.serialize(object));
    assertThat(lost("", JSON.readTree(json), back)).isEmpty();
  }

  private static List<String> lost(String path, JsonNode given, JsonNode back) {
    if (given.isValueNode() || given.isEmpty()) {
      return given.asText().equals(back.asText()) && !back.isMissingNode()
          ? List.of()
          : List.of(path);
    }
    List<String> lost = new ArrayList<>();
    given
        .properties()
        .forEach(
            field ->
                lost.addAll(
                    lost(
                        path + "/" + field.getKey(), field.getValue(), back.path(field.getKey()))));
    for (int i = 0; given.isArray() && i < given.size(); i++) {
      lost.addAll(lost(path + "/" + i, given.get(i), back.path(i)));
    }
    return lost;
  }

  @Test
  void eachServiceHasItsPortsAndItsNameAsArgument() throws IOException {
    Properties settings = settings();
    for (String service : List.of("main", "upstream", "service1", "service2", "log")) {
      String text = Files.readString(FOLDER.resolve(service + ".yaml"));
      assertThat(text)
          .contains("args: [%s]".formatted(service))
          .contains("{ name: http, port: %s,".formatted(settings.get(service + ".port")))
          .contains("containerPort: %s }".formatted(settings.get(service + ".port")))
          .contains("containerPort: %s }".formatted(settings.get(service + ".management.port")));
    }
  }

  @Test
  void eachVariableIsASetting() throws IOException {
    List<String> known =
        settings().stringPropertyNames().stream()
            .map(name -> name.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
            .toList();
    Map<?, ?> generator =
        (Map<?, ?>) list(read("kustomization.yaml").get(0), "configMapGenerator").get(0);
    assertThat((List<?>) generator.get("literals"))
        .hasSizeGreaterThan(5)
        .allSatisfy(literal -> assertThat(known).contains(literal.toString().split("=")[0]));
  }

  private static Properties settings() throws IOException {
    Properties settings = new Properties();
    try (var file = Files.newBufferedReader(Path.of("application.properties"))) {
      settings.load(file);
    }
    return settings;
  }

  private static List<?> list(Map<String, Object> object, String key) {
    return (List<?>) object.get(key);
  }

  private static List<Map<String, Object>> read(String file) throws IOException {
    return objects(Files.readString(FOLDER.resolve(file)));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> objects(String yaml) {
    List<Map<String, Object>> objects = new ArrayList<>();
    new Yaml().loadAll(yaml).forEach(object -> objects.add((Map<String, Object>) object));
    return objects;
  }
}
