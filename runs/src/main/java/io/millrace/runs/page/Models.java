package io.millrace.runs.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The versions that a run has published and still keeps. */
final class Models {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  /** Manifests by their path, as a published version never changes. */
  private final Map<Path, JsonNode> read = new HashMap<>();

  Models(Path runDir) {
    folder = runDir.resolve(RunFiles.MODELS);
  }

  /** Folders of all versions, by arm, oldest first. */
  private List<Path> versions() throws IOException {
    List<Path> versions = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.list(folder)) {
        for (Path arm : entries.filter(Files::isDirectory).sorted().toList()) {
          versions.addAll(ModelFolder.versions(arm));
        }
      }
    }
    return versions;
  }

  /** A text that changes when the versions change. */
  synchronized String tag() throws IOException {
    return Integer.toHexString(versions().hashCode());
  }

  /** The versions, with figures from their manifests. */
  synchronized ArrayNode json() throws IOException {
    List<Path> versions = versions();
    read.keySet().retainAll(versions);
    ArrayNode all = JSON.createArrayNode();
    for (Path version : versions) {
      JsonNode manifest = manifest(version);
      ObjectNode out = all.addObject();
      out.put("arm", version.getParent().getFileName().toString());
      out.put("folder", version.getFileName().toString());
      for (String key : List.of("model_version", "events_learned", "manifest_xxh64")) {
        out.set(key, known(manifest.path(key)));
      }
      for (String key : List.of("ne", "auc")) {
        out.set(key, known(manifest.path("window").path(key)));
      }
      out.set("last_event_time", known(manifest.path("event_time").path("last")));
      out.put("maps", manifest.path("maps").size());
      out.put("bytes", size(version.resolve(ModelFolder.TENSORS), manifest));
    }
    return all;
  }

  private static JsonNode known(JsonNode value) {
    return value.isMissingNode() ? NullNode.instance : value;
  }

  private JsonNode manifest(Path version) throws IOException {
    JsonNode manifest = read.get(version);
    if (manifest == null) {
      Path file = version.resolve(Manifest.FILE_NAME);
      manifest =
          Files.exists(file) ? JSON.readTree(Files.readAllBytes(file)) : JSON.createObjectNode();
      read.put(version, manifest);
    }
    return manifest;
  }

  /** Bytes of the tensors; as the manifest says, if they are in a store or have been deleted. */
  private static long size(Path tensors, JsonNode manifest) throws IOException {
    return Files.exists(tensors)
        ? Files.size(tensors)
        : manifest.path("files").path(0).path("bytes").asLong();
  }
}
