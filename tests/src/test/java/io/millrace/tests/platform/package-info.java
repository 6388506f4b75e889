/**
 * What runs on which platform: native libraries that the build takes, and what replaces them where
 * there are none.
 *
 * <p>Read {@link io.millrace.tests.platform.PlatformsTest} and {@link
 * io.millrace.tests.platform.EngineFallbackTest} first. What must not come in: a need for a machine
 * of another kind.
 */
package io.millrace.tests.platform;
