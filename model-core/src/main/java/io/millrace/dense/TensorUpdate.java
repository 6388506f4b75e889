package io.millrace.dense;

/**
 * One optimiser's update of one tensor, in place, on host arrays: the only place where the rules'
 * arithmetic is written, whatever engine computed the gradient.
 */
interface TensorUpdate {

  /** Whether each element's update depends on that element alone. */
  default boolean elementwise() {
    return true;
  }

  /** Number of state arrays, each as long as the tensor, that start at 0 and go with it. */
  int states();

  /**
   * Moves the tensor along its gradient.
   *
   * @param w the tensor, updated
   * @param g its gradient; may be overwritten with scratch values
   * @param state {@link #states()} arrays, updated
   * @param length number of elements; arrays may be longer
   * @param step number of this step, from 1
   */
  void apply(float[] w, float[] g, float[][] state, int length, long step);

  /** The rule that an optimiser's hyper-parameters describe. */
  static TensorUpdate of(DenseOptimizer optimizer) {
    return switch (optimizer.rule()) {
      case SGD -> new SgdUpdate(optimizer);
      case ADAGRAD -> new AdagradUpdate(optimizer);
      case ADAM -> new AdamUpdate(optimizer);
      case LAMB -> new LambUpdate(optimizer);
    };
  }
}
