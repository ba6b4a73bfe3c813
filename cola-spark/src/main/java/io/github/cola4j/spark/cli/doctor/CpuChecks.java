package io.github.cola4j.spark.cli.doctor;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Cores, and the instructions that kernels and BLAS are fast with.
 *
 * @param architecture as Java calls it
 * @param info {@code /proc/cpuinfo}; empty where there is none
 */
record CpuChecks(String architecture, Map<String, String> info) {
  private static final List<String> TOLD =
      List.of(
          "avx2",
          "fma",
          "avx512f",
          "avx512_vnni",
          "avx512_bf16",
          "amx_bf16",
          "amx_int8",
          "asimd",
          "asimdhp",
          "sve",
          "bf16",
          "i8mm");

  List<Finding> run() {
    int cores = Runtime.getRuntime().availableProcessors();
    List<String> flags =
        Arrays.asList(info.getOrDefault("flags", info.getOrDefault("Features", "")).split("\\s+"));
    List<String> told = TOLD.stream().filter(flags::contains).toList();
    String name = info.getOrDefault("model name", architecture);
    String text =
        name
            + ", "
            + cores
            + (cores == 1 ? " core, " : " cores, ")
            + (info.isEmpty()
                ? "instructions not known"
                : told.isEmpty() ? "no vector instructions" : String.join(" ", told));
    boolean slow = info.containsKey("flags") && !flags.contains("avx2");
    return List.of(
        slow
            ? new Finding(
                "CPU",
                text,
                "the libraries we package need AVX2; build with"
                    + " -Dnd4j.classifier=linux-x86_64, or run on another machine")
            : Finding.ok("CPU", text));
  }
}
