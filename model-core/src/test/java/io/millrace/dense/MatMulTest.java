package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatMulTest {

  // Law: the blocked product equals the naive triple loop to the bit, for sizes below, at and
  // beyond
  // the blocks.
  @ParameterizedTest
  @CsvSource({"1,1,1", "3,4,5", "2,24,256", "5,25,257", "7,101,300", "1,1021,1", "1021,3,2"})
  void equalsTheNaiveProduct(int rows, int inner, int columns) {
    float[][] a = rows(1, rows, inner);
    float[][] b = rows(2, inner, columns);
    float[][] c = rows(3, rows, columns);
    float[][] expected = rows(3, rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        for (int k = 0; k < inner; k++) {
          expected[i][j] = Math.fma(a[i][k], b[k][j], expected[i][j]);
        }
      }
    }
    MatMul.addProduct(a, b, c, rows, inner, columns);
    assertThat(c).isEqualTo(expected);
  }

  private static float[][] rows(long seed, int rows, int columns) {
    float[][] result = new float[rows][];
    for (int i = 0; i < rows; i++) {
      result[i] = DenseNetContract.normal(seed * 10_000 + i, columns);
    }
    return result;
  }
}
