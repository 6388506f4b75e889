package io.millrace.tests.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Schemas of Kubernetes objects: of a {@code FlinkDeployment} and of pods, those of the definition
 * that comes with the Flink operator; of other kinds, the keys that are listed in {@code
 * kubernetes.json}. A key that a schema does not know is a fault, as {@code kubectl} takes it.
 */
final class KubernetesSchemas {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String OPERATORS =
      "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";

  private final JsonNode definition;
  private final JsonNode others;

  KubernetesSchemas() throws IOException {
    this.definition = JSON.valueToTree(ComposeFile.yaml(text(OPERATORS))).path("spec");
    this.others = JSON.readTree(text("kubernetes.json"));
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = KubernetesSchemas.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** What is wrong with an object, by the schema of its kind. */
  List<String> faults(JsonNode object, String flinkVersion) {
    String kind = object.path("kind").asText();
    if (kind.equals("FlinkDeployment")) {
      return faults(flinkDeployment(flinkVersion), object.path("spec"));
    }
    JsonNode known = others.path("kinds").path(kind);
    if (!known.path("apiVersion").asText("unknown").equals(object.path("apiVersion").asText())) {
      return List.of("unknown kind " + kind + " of " + object.path("apiVersion"));
    }
    return faults(ofOthers(known.path("spec"), object), object);
  }

  /** The whole object: kind, version, metadata and what the kind has. */
  private ObjectNode ofOthers(JsonNode spec, JsonNode object) {
    ObjectNode schema = JSON.createObjectNode();
    schema.set("definitions", others.path("definitions"));
    schema.put("additionalProperties", false);
    ObjectNode properties = schema.putObject("properties");
    properties.putObject("apiVersion").put("const", object.path("apiVersion").asText());
    properties.putObject("kind").put("const", object.path("kind").asText());
    properties.putObject("metadata").put("$ref", "#/definitions/metadata");
    properties.set("spec", spec);
    schema.putArray("required").add("metadata").add("spec");
    return schema;
  }

  /** What is wrong with a pod's template. */
  List<String> faultsOfPod(JsonNode template) {
    return faults(spec().path("properties").path("podTemplate"), template);
  }

  /** Group and version, as {@code apiVersion} has them. */
  String apiVersion() {
    return definition.path("group").asText() + '/' + version().path("name").asText();
  }

  private JsonNode version() {
    return definition.path("versions").path(0);
  }

  private JsonNode spec() {
    return version().path("schema").path("openAPIV3Schema").path("properties").path("spec");
  }

  /**
   * The operator's schema. The newest one that Maven Central has ends before Flink 2; later
   * operators differ in more values of {@code flinkVersion} and in keys that they add.
   */
  private JsonNode flinkDeployment(String flinkVersion) {
    JsonNode schema = spec().deepCopy();
    ((ArrayNode) schema.path("properties").path("flinkVersion").path("enum")).add(flinkVersion);
    return schema;
  }

  private static List<String> faults(JsonNode schema, JsonNode value) {
    JsonNode strict = schema.deepCopy();
    forbidOthers(strict);
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
        .getSchema(strict)
        .validate(value)
        .stream()
        .map(Object::toString)
        .toList();
  }

  /** Objects whose keys are listed have no others. */
  private static void forbidOthers(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.path("properties").isObject()
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    schema.forEach(KubernetesSchemas::forbidOthers);
  }
}
