package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola inspect model|job.yaml|adapter}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description =
        "Shows a model's modules and which are adapted, or an adapter's layout and norms.")
final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "WHAT",
      defaultValue = Job.DEFAULT_MODEL,
      description =
          "A model (folder or classpath:…), a job file, or an adapter's folder; default"
              + " ${DEFAULT-VALUE}.")
  private String what;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the job file. Repeat.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "An adapter's frozen model, if it is not where it was at training.")
  private String model;

  @Mixin private ConsoleOptions console;

  /** A module of a model, as JSON has it. */
  private record Module(String name, int out, int in, boolean adapted, int rank, long parameters) {}

  /** What is printed of a model as JSON. */
  private record InspectedModel(
      String model,
      String type,
      String fingerprint,
      AdapterConfig adapter,
      List<Module> modules,
      long frozenParameters,
      long adapterParameters,
      long trainedParameters) {}

  /** A matrix of an adapter, as JSON has it. */
  private record Part(String name, int offset, int rows, int columns, double norm, Double moved) {}

  /** What is printed of an adapter as JSON. */
  private record InspectedAdapter(
      String task,
      List<String> classes,
      String model,
      String fingerprint,
      AdapterConfig adapter,
      List<Part> parameters,
      int adapterParameters) {}

  @Override
  public Integer call() throws IOException {
    if (what.endsWith(".yaml") || what.endsWith(".yml")) {
      Job job = JobFile.read(what, overrides);
      BaseModel base = BaseModel.load(job.model(), job.weightOptions());
      try {
        model(console.console(), base, job.adapter());
      } catch (IllegalArgumentException e) {
        throw new InvalidJobException(what + ": adapter: " + e.getMessage(), e);
      }
    } else if (!overrides.isEmpty()) {
      throw new InvalidJobException("--set needs a job file, got " + what, null);
    } else if (LocalFolder.isAdapter(what)) {
      try (LocalFolder folder = LocalFolder.of(what)) {
        folder.use(
            path -> {
              adapter(console.console(), path, model);
              return null;
            });
      }
    } else {
      model(console.console(), BaseModel.load(what), AdapterConfig.defaults());
    }
    return 0;
  }

  private static void model(Console console, BaseModel model, AdapterConfig config) {
    PrintStream out = console.text();
    AdaptedModules modules = new AdaptedModules(model.transformer().linears(), config);
    ParameterLayout layout = modules.layout();
    model.notices().forEach(console::warning);
    TransformerConfig c = model.transformer().config();
    out.printf(
        "%s: %s, %d layers, width %d, %d heads, feed-forward %d, %s, %d positions%n",
        model.location(),
        c.modelType(),
        c.layers(),
        c.hiddenSize(),
        c.heads(),
        c.intermediateSize(),
        model.seesImages() ? "images of " + model.images().size() : "vocabulary " + c.vocabSize(),
        c.maxPositions());
    out.println("SHA-256 " + model.fingerprint());
    out.printf(
        "%s %d|%d, %s pairing, %s, alpha %s%n%n",
        config.method(), config.a(), config.b(), config.pairing(), config.init(), config.alpha());
    out.printf("%-45s %13s %8s %5s %12s%n", "module", "out × in", "adapted", "rank", "parameters");
    List<Module> shown = new ArrayList<>();
    for (FrozenLinear linear : model.transformer().linears()) {
      boolean adapted = modules.linears().contains(linear);
      int rank = adapted ? config.rankOf(linear.name()) : 0;
      long parameters =
          layout.entries().stream()
              .filter(entry -> entry.name().startsWith(linear.name() + "/"))
              .mapToLong(ParameterLayout.Entry::length)
              .sum();
      shown.add(new Module(linear.name(), linear.out(), linear.in(), adapted, rank, parameters));
      out.printf(
          Locale.ROOT,
          "%-45s %13s %8s %5s %,12d%n",
          linear.name(),
          linear.out() + " × " + linear.in(),
          adapted ? "yes" : "no",
          adapted ? rank : "",
          parameters);
    }
    long adapter = layout.length();
    long frozen = model.transformer().parameters();
    out.printf(
        Locale.ROOT,
        "%n%,d frozen parameters, %,d of an adapter (%.1f%%)%n",
        frozen,
        adapter,
        100.0 * adapter / frozen);
    modules
        .collapsed()
        .ifPresent(
            once ->
                out.printf(
                    Locale.ROOT,
                    "%,d of these are trained, sent and kept: equal factors of full pairing stay"
                        + " equal%n",
                    once.layout().length()));
    console.json(
        new InspectedModel(
            model.location(),
            c.modelType(),
            model.fingerprint(),
            config,
            shown,
            frozen,
            adapter,
            layout.trained()));
  }

  private static void adapter(Console console, Path folder, String location) {
    PrintStream out = console.text();
    AdapterStore.Description d = AdapterStore.describe(folder);
    BaseModel model = BaseModel.load(location == null ? d.model() : location, d.weightOptions());
    TrainedAdapter stored = AdapterStore.loadParameters(folder, model);
    ParameterLayout layout = stored.layout();
    String what = d.problem() == ProblemType.REGRESSION ? "a number" : "classes " + d.classes();
    String several = d.problem() == ProblemType.MULTI_LABEL ? ", any of them" : "";
    out.println(VisibleText.of("task " + d.task() + ", " + what + several));
    out.printf("on %s (SHA-256 %s)%n", d.model(), d.fingerprint());
    out.printf(
        "%s %d|%d, %s pairing, %s, alpha %s%n%n",
        d.adapter().method(),
        d.adapter().a(),
        d.adapter().b(),
        d.adapter().pairing(),
        d.adapter().init(),
        d.adapter().alpha());
    out.printf("%-47s %9s %13s %10s %10s%n", "parameter", "offset", "shape", "norm", "moved");
    List<Part> parts = new ArrayList<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      double norm = norm(stored.theta(), null, entry);
      boolean factor = entry.kind() != ParameterLayout.Kind.HEAD;
      Double moved = factor ? norm(stored.theta(), stored.initial(), entry) : null;
      parts.add(new Part(entry.name(), entry.offset(), entry.rows(), entry.columns(), norm, moved));
      out.printf(
          Locale.ROOT,
          "%-47s %9d %13s %10.4f %10s%n",
          entry.name(),
          entry.offset(),
          entry.rows() + " × " + entry.columns(),
          norm,
          moved == null ? "" : String.format(Locale.ROOT, "%.4f", moved));
    }
    out.printf(Locale.ROOT, "%,d parameters%n", layout.length());
    console.json(
        new InspectedAdapter(
            d.task(),
            d.classes(),
            d.model(),
            d.fingerprint(),
            d.adapter(),
            parts,
            layout.length()));
  }

  /** Frobenius norm of an entry, of its change if there is a start. */
  private static double norm(float[] vector, float[] start, ParameterLayout.Entry entry) {
    double sum = 0;
    for (int i = entry.offset(); i < entry.offset() + entry.length(); i++) {
      double x = vector[i] - (start == null ? 0 : start[i]);
      sum += x * x;
    }
    return Math.sqrt(sum);
  }
}
