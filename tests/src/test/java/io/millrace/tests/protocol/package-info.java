/**
 * What the project claims, measured: learned maps against others on real and planted streams, and
 * that a run's files say the same as the mathematics behind them.
 *
 * <p>Read {@link io.millrace.tests.protocol.CriteoProtocolTest} first, then {@link
 * io.millrace.tests.protocol.PlantedProtocolTest}. Those that take minutes are tagged {@code long};
 * those that need real data are skipped where it is absent. What must not come in: figures that a
 * test loosens to pass.
 */
package io.millrace.tests.protocol;
