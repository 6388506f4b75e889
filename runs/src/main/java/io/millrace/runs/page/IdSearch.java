package io.millrace.runs.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.event.CategoricalField;
import io.millrace.event.DecimalText;
import io.millrace.event.IdEncoder;
import io.millrace.hash.MapVersion;
import io.millrace.jobfile.ConfigException;
import io.millrace.jobfile.JobConfig;
import io.millrace.metric.PartitionAgreement;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.ValueColumns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a run knows of one id: how often it came, and for each kind of map its rows, the ids that
 * share them, and how it moved from map to map.
 *
 * <p>A text is searched as a raw value in each field, and as an id if it is a whole number. Ids are
 * written as texts, as numbers in a browser have 53 bits.
 */
final class IdSearch {

  /** Most ids that are named for a row. */
  private static final int MOST_NEIGHBOURS = 12;

  /** Most maps in the list of an id's moves. */
  private static final int MOST_MAPS = 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path runDir;
  private final MapReader maps;

  IdSearch(Path runDir, MapFolder maps) {
    this.runDir = runDir;
    this.maps = new MapReader(maps);
  }

  /**
   * Searches for a text.
   *
   * @param text a raw value or an id
   * @param wanted name of a field; empty for all
   */
  synchronized ObjectNode find(String text, String wanted) throws IOException {
    HotNames names = HotNames.read(runDir);
    List<String> specs = maps.folder().specs();
    ObjectNode out = JSON.createObjectNode().put("query", text);
    ArrayNode matches = out.putArray("matches");
    for (String field : fields(specs, names)) {
      if (wanted.isEmpty() || wanted.equals(field)) {
        for (long id : candidates(field, text)) {
          addMatch(matches, field, id, text, specs, names);
        }
      }
    }
    return out;
  }

  /** Names of the categorical fields: those of the job file, or else those with maps or values. */
  private Set<String> fields(List<String> specs, HotNames names) throws IOException {
    Set<String> fields = new LinkedHashSet<>();
    Path run = runDir.resolve(RunFiles.RUN);
    if (Files.exists(run)) {
      JsonNode config = JSON.readTree(Files.readAllBytes(run)).path("config");
      try {
        JobConfig.parse(config.toString(), RunFiles.RUN).spec().schema().fields().stream()
            .map(CategoricalField::name)
            .forEach(fields::add);
        return fields;
      } catch (ConfigException e) {
        // written by another version; then the files name the fields
      }
    }
    names.fields().forEach(fields::add);
    for (String spec : specs) {
      fields.addAll(maps.folder().fields(spec));
    }
    return fields;
  }

  private static List<Long> candidates(String field, String text) {
    List<Long> ids = new ArrayList<>(List.of(IdEncoder.id(field, text)));
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    byte[] number = DecimalText.canonical(bytes, 0, bytes.length);
    if (number != null) {
      ids.add(IdEncoder.id(field, new String(number, StandardCharsets.UTF_8)));
    }
    if (text.matches("-?\\d{1,19}")) {
      try {
        ids.add(Long.parseLong(text));
      } catch (NumberFormatException e) {
        return ids; // too large for an id, so it can only be a raw value
      }
    }
    return ids;
  }

  private void addMatch(
      ArrayNode matches, String field, long id, String text, List<String> specs, HotNames names)
      throws IOException {
    List<List<MapVersion>> versions = new ArrayList<>();
    for (String spec : specs) {
      List<MapVersion> ofSpec = last(spec, field);
      if (!ofSpec.isEmpty()) {
        versions.add(ofSpec);
      }
    }
    HotNames.Named name = names.of(field, id);
    boolean known = versions.stream().flatMap(List::stream).anyMatch(map -> map.indexOf(id) >= 0);
    if (name == null && !known) {
      return;
    }
    String raw = id == IdEncoder.id(field, text) ? text : null;
    ObjectNode match = matches.addObject().put("field", field).put("id", Long.toString(id));
    match.put("value", name == null ? raw : name.value());
    boolean counted = name != null && ValueColumns.telling(name.count(), name.error());
    match.put("seen", counted ? name.count() : null);
    match.put("seen_exactly", counted && name.error() == 0);
    ArrayNode found = match.putArray("maps");
    versions.forEach(ofSpec -> found.add(map(ofSpec, id, names)));
  }

  /** The newest maps of a kind and field, oldest first. */
  private List<MapVersion> last(String spec, String field) throws IOException {
    List<Long> ends = maps.folder().ends(spec, field);
    List<MapVersion> versions = new ArrayList<>();
    for (long end : ends.subList(Math.max(0, ends.size() - MOST_MAPS), ends.size())) {
      maps.read(spec, field, end).ifPresent(versions::add);
    }
    return versions;
  }

  private static ObjectNode map(List<MapVersion> versions, long id, HotNames names) {
    MapVersion newest = versions.get(versions.size() - 1);
    int at = newest.indexOf(id);
    ObjectNode out = JSON.createObjectNode();
    out.put("spec", newest.header().spec());
    out.put("version", newest.version());
    out.put("window_end", newest.header().windowEnd());
    out.put("rows_in_all", newest.rows());
    out.put("ids_in_all", newest.size());
    out.put("known", at >= 0);
    if (at >= 0) {
      out.put("count", newest.count(at));
    }
    out.putArray("cold_rows").add(newest.header().coldFirst()).add(newest.header().coldRows());
    ArrayNode rows = out.putArray("rows");
    for (int row : rows(newest, at)) {
      rows.add(row(newest, row, names));
    }
    ArrayNode moves = out.putArray("moves");
    for (int v = 0; v < versions.size(); v++) {
      moves.add(move(v == 0 ? null : versions.get(v - 1), versions.get(v), id));
    }
    return out;
  }

  private static int[] rows(MapVersion map, int at) {
    int[] rows = new int[map.lookups()];
    return at < 0 ? new int[0] : Arrays.copyOf(rows, map.rows(at, rows));
  }

  private static boolean holds(int[] rows, int n, int row) {
    for (int i = 0; i < n; i++) {
      if (rows[i] == row) {
        return true;
      }
    }
    return false;
  }

  /** A row with its ids, the most frequent first. */
  private static ObjectNode row(MapVersion map, int row, HotNames names) {
    List<Integer> members = new ArrayList<>();
    double count = 0;
    int[] rows = new int[map.lookups()];
    for (int i = 0; i < map.size(); i++) {
      if (holds(rows, map.rows(i, rows), row)) {
        members.add(i);
        count += map.count(i);
      }
    }
    members.sort(Comparator.<Integer>comparingDouble(map::count).reversed());
    ObjectNode out = JSON.createObjectNode();
    out.put("row", row).put("ids", members.size()).put("count", count);
    ArrayNode named = out.putArray("members");
    for (int i : members.subList(0, Math.min(MOST_NEIGHBOURS, members.size()))) {
      HotNames.Named name = names.of(map.field(), map.id(i));
      named
          .addObject()
          .put("id", Long.toString(map.id(i)))
          .put("value", name == null ? null : name.value())
          .put("count", map.count(i));
    }
    return out;
  }

  /**
   * The row of an id in one map, and whether it moved. It did not move if its row is the successor
   * of its row in the map before, where rows are matched by their common ids; the successor may
   * have another number.
   */
  private static ObjectNode move(MapVersion before, MapVersion after, long id) {
    int at = after.indexOf(id);
    ObjectNode out = JSON.createObjectNode();
    out.put("version", after.version()).put("window_end", after.header().windowEnd());
    if (at >= 0) {
      out.put("row", after.row(at)).put("count", after.count(at));
    }
    if (at >= 0 && before != null) {
      moved(before, after, id)
          .ifPresent(
              moved -> {
                out.put("moved", moved);
                out.put("renumbered", !moved && before.row(before.indexOf(id)) != after.row(at));
              });
    }
    return out;
  }

  private static Optional<Boolean> moved(MapVersion before, MapVersion after, long id) {
    int old = before.indexOf(id);
    if (old < 0) {
      return Optional.empty();
    }
    int most = Math.min(before.size(), after.size());
    int[] oldRows = new int[most];
    int[] newRows = new int[most];
    int shared = 0;
    for (int b = 0, a = 0; b < before.size() && a < after.size(); ) {
      int order = Long.compare(before.id(b), after.id(a));
      if (order == 0) {
        oldRows[shared] = before.row(b);
        newRows[shared++] = after.row(a);
      }
      b += order <= 0 ? 1 : 0;
      a += order >= 0 ? 1 : 0;
    }
    int[] oldOfNew =
        PartitionAgreement.matchRows(
            Arrays.copyOf(oldRows, shared), Arrays.copyOf(newRows, shared), after.rows());
    return Optional.of(oldOfNew[after.row(after.indexOf(id))] != before.row(old));
  }
}
