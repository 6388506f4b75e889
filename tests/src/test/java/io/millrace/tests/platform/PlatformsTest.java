package io.millrace.tests.platform;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Laws: the poms choose native libraries by the names of system and processor, as README.md says;
 * what they choose exists, and is code of that processor.
 */
class PlatformsTest {
  private static final String USUAL = "Linux amd64";
  private static final Pattern PROFILE =
      Pattern.compile(
          "<activation><os><(?:name|family)>(\\w+)</\\w+><arch>(\\w+)</arch></os></activation>\\s*"
              + "<properties>(.*)</properties>");
  private static final Pattern PROPERTY =
      Pattern.compile("<(native|torch)\\.platform>(.*?)</\\1\\.platform>");
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\|[^|]*\\| (Linux|Mac) (\\w+) \\| oneDNN \\(`(.*?)`\\) \\| (?:libtorch \\(`(.*?)`\\).*?|none) \\|");

  private final Path root = ProjectRoot.find();

  /**
   * Classifiers of a platform's libraries.
   *
   * @param onednn as JavaCPP names platforms
   * @param torch as DJL names them; null if there is no libtorch
   */
  private record Classifiers(String onednn, String torch) {}

  @Test
  void thePomChoosesWhatTheReadmeSays() throws IOException {
    Map<String, Classifiers> chosen = chosen();
    assertThat(chosen).hasSize(4).isEqualTo(documented());
  }

  private Map<String, Classifiers> chosen() throws IOException {
    String pom = Files.readString(root.resolve("pom.xml"));
    // Without libtorch where model-core's profile is off.
    assertThat(Files.readString(root.resolve("model-core/pom.xml")))
        .contains("<activation><os><arch>!x86_64</arch></os></activation>");
    Map<String, Classifiers> chosen = new TreeMap<>();
    chosen.put(USUAL, classifiers(pom.substring(0, pom.indexOf("</properties>")), "amd64"));
    PROFILE
        .matcher(pom)
        .results()
        .forEach(
            profile ->
                chosen.put(platform(profile), classifiers(profile.group(3), profile.group(2))));
    return chosen;
  }

  private static String platform(MatchResult profile) {
    return (profile.group(1).equals("mac") ? "Mac " : "Linux ") + profile.group(2);
  }

  private static Classifiers classifiers(String properties, String arch) {
    Map<String, String> values = new TreeMap<>();
    PROPERTY.matcher(properties).results().forEach(p -> values.put(p.group(1), p.group(2)));
    return new Classifiers(
        values.get("native"), arch.equals("x86_64") ? null : values.get("torch"));
  }

  private Map<String, Classifiers> documented() throws IOException {
    Map<String, Classifiers> rows = new TreeMap<>();
    ROW.matcher(Files.readString(root.resolve("README.md")))
        .results()
        .forEach(
            row ->
                rows.put(
                    row.group(1) + " " + row.group(2),
                    new Classifiers(row.group(3), row.group(4))));
    return rows;
  }

  // Law: oneDNN, the OpenMP that it needs with the function that limits its threads, and what its
  // Java classes load are there for each platform, in code of its processor.
  @ParameterizedTest
  @ValueSource(strings = {"linux-arm64", "macosx-arm64", "macosx-x86_64"})
  void librariesAreOfTheirProcessor(String platform) throws IOException {
    List<Path> jars = jars(platform);
    assertThat(jars).hasSize(3);
    StringBuilder names = new StringBuilder();
    boolean oneThread = false;
    for (Path jar : jars) {
      for (Map.Entry<String, byte[]> library : libraries(jar, platform).entrySet()) {
        names.append(library.getKey()).append(' ');
        assertThat(processor(library.getValue())).as(library.getKey()).isEqualTo(platform);
        oneThread |= new String(library.getValue(), ISO_8859_1).contains("omp_set_num_threads");
      }
    }
    assertThat(names).contains("libjnidnnl.", "libdnnl.", "libjnijavacpp.", "libjniOpenCL.");
    assertThat(names.toString()).containsPattern("libg?i?omp");
    assertThat(oneThread).isTrue();
  }

  private List<Path> jars(String platform) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("tests/target/platforms"))) {
      return files.filter(file -> file.toString().endsWith("-" + platform + ".jar")).toList();
    }
  }

  private static Map<String, byte[]> libraries(Path file, String platform) throws IOException {
    Map<String, byte[]> libraries = new TreeMap<>();
    try (JarFile jar = new JarFile(file.toFile())) {
      for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
        String name = entry.getName();
        if (name.matches(".*/" + platform + "/lib[^/]+")) {
          libraries.put(name, jar.getInputStream(entry).readAllBytes());
        }
      }
    }
    return libraries;
  }

  /** The platform that the head of a library names: an ELF file, or a 64-bit Mach-O file. */
  private static String processor(byte[] library) {
    ByteBuffer head = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN);
    if (head.getInt(0) == 0x464c457f) {
      return head.getShort(18) == 183 ? "linux-arm64" : "linux, machine " + head.getShort(18);
    }
    if (head.getInt(0) == 0xfeedfacf) {
      return switch (head.getInt(4)) {
        case 0x0100000c -> "macosx-arm64";
        case 0x01000007 -> "macosx-x86_64";
        default -> "macosx, processor " + head.getInt(4);
      };
    }
    return "no library";
  }

  // Law: libraries that bring the native parts of all platforms in one jar have them.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "librocksdbjni-linux-aarch64.so",
        "librocksdbjni-osx-arm64.jnilib",
        "librocksdbjni-osx-x86_64.jnilib",
        "linux/aarch64/libzstd-jni-1.5.6-10.so",
        "darwin/aarch64/libzstd-jni-1.5.6-10.dylib",
        "darwin/x86_64/libzstd-jni-1.5.6-10.dylib",
        "org/xerial/snappy/native/Linux/aarch64/libsnappyjava.so",
        "org/xerial/snappy/native/Mac/aarch64/libsnappyjava.dylib",
        "org/xerial/snappy/native/Mac/x86_64/libsnappyjava.dylib",
        "com/sun/jna/linux-aarch64/libjnidispatch.so",
        "com/sun/jna/darwin-aarch64/libjnidispatch.jnilib",
        "com/sun/jna/darwin-x86-64/libjnidispatch.jnilib",
        "jnilib/linux-aarch64/cpu/libdjl_torch.so",
        "jnilib/osx-aarch64/cpu/libdjl_torch.dylib"
      })
  void jarsOfAllPlatformsHaveEach(String library) {
    assertThat(PlatformsTest.class.getClassLoader().getResource(library)).isNotNull();
  }
}
