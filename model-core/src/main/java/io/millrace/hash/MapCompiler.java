package io.millrace.hash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Compiles a map into the hash that is trained and served with. */
final class MapCompiler {

  private final MapVersion map;
  private final MapVersion.Header header;

  MapCompiler(MapVersion map) {
    this.map = map;
    this.header = map.header();
  }

  /**
   * The hash of the map. Deterministic.
   *
   * @throws IllegalStateException naming the map, if hot ids of a two-level map have other rows
   *     than they get here, or if rows do not lie in the tables that the header names
   */
  CompiledMap compile() {
    try {
      return switch (header.kind()) {
        case LEARNED -> clusters();
        case HOT_KEPT, FREQ_DOUBLE, PLAIN -> owners();
        case TWO_LEVEL -> twoLevels();
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(map + ": rows contradict the header, " + e.getMessage(), e);
    }
  }

  /**
   * A map for each internal table. Only the first has a fingerprint: an id that it knows is known
   * to the others too.
   */
  private MappedHash clusters() {
    int[] all = IntStream.range(0, map.size()).toArray();
    List<StaticMap> maps = new ArrayList<>();
    for (int h = 0; h < map.lookups(); h++) {
      maps.add(staticMap(all, h, map.tableStarts()[h], h == 0 ? header.signatureBits() : 0));
    }
    return new MappedHash(header.rows(), header.coldRanges(), header.seed(), maps);
  }

  /** A map of the ids that own a row; the formula answers for the others. */
  private MappedHash owners() {
    StaticMap map = staticMap(positions(0, header.coldFirst()), 0, 0, header.signatureBits());
    return new MappedHash(header.rows(), header.coldRanges(), header.seed(), List.of(map));
  }

  /** Rows of one lookup, counted from {@code start}; its values are as few as these ids need. */
  private StaticMap staticMap(int[] positions, int lookup, int start, int signatureBits) {
    int[] rows = Arrays.stream(positions).map(i -> map.row(i, lookup) - start).toArray();
    int values = Arrays.stream(rows).max().orElse(0) + 1;
    return StaticMap.build(pick(positions), rows, values, signatureBits, header.seed());
  }

  private TwoLevelHash twoLevels() {
    int[] hot = positions(0, header.ownedRows());
    int[] middle = positions(header.ownedRows(), header.coldFirst());
    TwoLevelHash hash =
        TwoLevelHash.build(
            new TwoLevelHash.Shape(
                header.rows(), header.ownedRows(), header.coldFirst(), header.seed()),
            pick(hot),
            pick(middle),
            Arrays.stream(middle).map(i -> map.row(i) - header.ownedRows()).toArray(),
            header.signatureBits());
    for (int i : hot) {
      if (hash.row(map.id(i)) != map.row(i)) {
        throw new IllegalStateException(
            map + ": hot ids have other rows than this program gives them");
      }
    }
    return hash;
  }

  /** Positions of the ids whose first rows lie in {@code [from, below)}, ascending. */
  private int[] positions(int from, int below) {
    return IntStream.range(0, map.size())
        .filter(i -> map.row(i) >= from && map.row(i) < below)
        .toArray();
  }

  private long[] pick(int[] positions) {
    return Arrays.stream(positions).mapToLong(i -> map.id(i)).toArray();
  }
}
