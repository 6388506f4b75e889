package io.millrace.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Columns keep their values by name, whatever their position. */
class SchemaChangeTest {

  private static Schema schema(List<String> dense, List<String> fields) {
    return new Schema(
        dense.stream()
            .map(name -> new DenseColumn(name, name, new Transform.Identity(), 7))
            .toList(),
        fields.stream().map(name -> CategoricalField.of(name, 100)).toList(),
        LabelColumn.NONE,
        new TimeColumn.MadeUp(1000, 0));
  }

  private static final SchemaChange CHANGE =
      new SchemaChange(
          List.of("a", "b"),
          List.of("x", "y", "z"),
          schema(List.of("c", "b"), List.of("z", "new", "x")));

  @Test
  void namesTellWhatIsNewAndWhatIsGone() {
    assertThat(CHANGE.added()).containsExactly("c", "new");
    assertThat(CHANGE.dropped()).containsExactly("a", "y");
    assertThat(CHANGE.dense()).containsExactly(SchemaChange.NEW, 1);
    assertThat(CHANGE.fields()).containsExactly(2, SchemaChange.NEW, 0);
    assertThat(CHANGE.none()).isFalse();
    assertThat(
            new SchemaChange(List.of("c", "b"), List.of("z", "new", "x"), CHANGE.schema()).none())
        .isTrue();
    assertThat(
            new SchemaChange(List.of("b", "c"), List.of("z", "new", "x"), CHANGE.schema()).none())
        .as("another order")
        .isFalse();
  }

  @Test
  void anEventKeepsTheValuesOfKeptColumnsAndMissesNewOnes() {
    ClickEvent event =
        new ClickEvent(
            5, 1, new float[] {1, 2}, new long[] {10, 11, 20, 30}, new int[] {0, 2, 3, 4});
    ClickEvent moved = CHANGE.mover().move(event);
    assertThat(moved.eventTime()).isEqualTo(5);
    assertThat(moved.label()).isEqualTo(1);
    assertThat(moved.dense()).containsExactly(7, 2);
    assertThat(moved.ids()).containsExactly(30, IdEncoder.id("new", ""), 10, 11);
    assertThat(moved.offsets()).containsExactly(0, 1, 2, 4);
  }
}
