package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.hash.CompiledMap;
import io.millrace.hash.MapVersion;
import io.millrace.hash.MultiHash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainMapBuilderTest {

  // with one internal table or several: the map, written, read back and compiled, is the hash of an
  // arm without maps, for ids that it lists and for others
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void everyIdIsHashed(int lookups) throws IOException {
    MultiHash hash = new MultiHash(lookups, 37, 42);
    long[] ids = LongStream.range(-50, 50).map(i -> 7 * i).toArray();
    MapVersion built =
        new PlainMapBuilder("learned-0.1", lookups, 37, 42)
            .build("ad", 3, 1000, 2000, ids, new double[ids.length]);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    built.writeTo(bytes);
    MapVersion map = MapVersion.readFrom(new ByteArrayInputStream(bytes.toByteArray()), "map");
    assertThat(map).isEqualTo(built);
    CompiledMap compiled = map.toHash();
    int[] expected = new int[lookups];
    int[] actual = new int[lookups];
    for (long id = -400; id < 400; id++) {
      hash.lookUp(id, expected);
      assertThat(compiled.lookUp(id, actual)).isEqualTo(lookups);
      assertThat(actual).isEqualTo(expected);
      if (map.indexOf(id) >= 0) {
        assertThat(map.rows(map.indexOf(id), actual)).isEqualTo(lookups);
        assertThat(actual).isEqualTo(expected);
      }
    }
    assertThat(map.tableStarts()).hasSize(lookups).startsWith(0);
    assertThat(compiled.rows()).isEqualTo(37 * lookups);
  }
}
