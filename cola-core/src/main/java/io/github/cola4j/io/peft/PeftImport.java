package io.github.cola4j.io.peft;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterConfigBuilder;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.TensorNames;
import io.github.cola4j.model.Architecture;
import io.github.cola4j.model.Architectures;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Reads an adapter that HF PEFT saved, of a type that a {@link PeftMapping} is for, by the same
 * names and numbers as {@link PeftExport} writes them. Nothing that PEFT would compute is left out
 * silently: options without a counterpart, tensors of other modules, missing ones and wrong shapes
 * are refused.
 */
public final class PeftImport {
  /** What a classifier's head was trained on. */
  public enum Head {
    /** The mean over a text's tokens. */
    MEAN(Pooling.MEAN),
    /** The first token. */
    CLS(Pooling.CLS),
    /** The last token. */
    LAST(Pooling.LAST),
    /** What transformers' own classifier of the architecture has, such as BERT's pooler. */
    HEAD(Pooling.HEAD),
    /** Something else: the head is left out and starts at zero, on the mean. */
    OTHER(Pooling.MEAN);

    private final Pooling pooling;

    Head(Pooling pooling) {
      this.pooling = pooling;
    }
  }

  /**
   * What PEFT does not say.
   *
   * @param task the task's name
   * @param classes the labels by number; empty for a language model
   * @param model where the frozen model is
   * @param fingerprint its SHA-256
   * @param maxLength tokens of a text at most
   * @param prompt of a language model; null for a classifier
   * @param head what the classifier was trained on; null where the folder's own {@code cola4j.json}
   *     or the lack of a classifier says it
   */
  @RecordBuilder
  public record Target(
      String task,
      List<String> classes,
      String model,
      String fingerprint,
      int maxLength,
      PromptConfig prompt,
      Head head)
      implements PeftImportTargetBuilder.With {}

  private final Path folder;
  private final PeftConfig config;
  private final Transformer transformer;
  private final Target target;
  private final Architecture.Peft names;

  /** Tensor names by module and suffix; modules by our names, and their names in PEFT. */
  private final Map<String, Map<String, String>> tensors = new LinkedHashMap<>();

  private final Map<String, String> named = new HashMap<>();

  private final PeftReading reading;

  private final Set<String> head = new HashSet<>();

  private final PeftClassifier classifier;
  private final Set<String> unused = new TreeSet<>();

  private PeftImport(Path folder, Transformer transformer, Target target) {
    this.folder = folder;
    this.config = PeftConfig.read(folder);
    this.transformer = transformer;
    this.target = target;
    this.reading = config.reading();
    this.names = PeftNames.of(transformer.config());
    this.classifier = new PeftClassifier(folder, transformer, names.unused());
  }

  /** As {@link #read(Path, Transformer, Target, Consumer)}, where nobody needs the notices. */
  public static TrainedAdapter read(Path folder, Transformer transformer, Target target) {
    return read(folder, transformer, target, notice -> {});
  }

  /**
   * Reads a folder.
   *
   * @param notices is notified of what was left out since it changes nothing
   * @throws IllegalArgumentException with the reason why it cannot be read
   */
  public static TrainedAdapter read(
      Path folder, Transformer transformer, Target target, Consumer<String> notices) {
    Architecture.Purpose purpose =
        target.classes().isEmpty()
            ? Architecture.Purpose.DIALOGUE
            : Architecture.Purpose.CLASSIFICATION;
    String modelType = transformer.config().modelType();
    if (!Architectures.of(modelType).purposes().contains(purpose)) {
      throw new IllegalArgumentException(
          "an adapter of a "
              + modelType
              + (target.classes().isEmpty() ? " needs classes" : " has no classes")
              + ", got "
              + target.classes());
    }
    Path file = folder.resolve(PeftNames.TENSORS);
    PeftImport peft = new PeftImport(folder, transformer, target);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder
              + " has no "
              + PeftNames.TENSORS
              + "; save the adapter in PEFT with safe_serialization=True, pickled files are not"
              + " read");
    }
    try (Safetensors source = Safetensors.open(file)) {
      TrainedAdapter stored = peft.read(source);
      peft.config.notices().forEach(notices);
      for (String module : peft.unused) {
        notices.accept(
            folder
                + ": the adapter of "
                + module
                + " is left out: CoLA4J works on the "
                + stored.description().pooling()
                + " of a text's tokens, for which it is not computed");
      }
      return stored;
    }
  }

  private TrainedAdapter read(Safetensors source) {
    source
        .unreadable()
        .forEach(
            (name, type) -> {
              if (!type.equals(PeftIntegers.TYPE)
                  || reading.integers().stream().noneMatch(end -> name.endsWith("." + end))) {
                throw extra(
                    name, "it is " + type + "; save the adapter as float32, float16 or bfloat16");
              }
              place(name);
            });
    source.names().forEach(this::place);
    for (String shared : reading.shared().keySet()) {
      if (!source.names().contains(shared)) {
        throw new IllegalArgumentException(folder + " has no tensor '" + shared + "'");
      }
    }
    requireTargets();
    tensors.keySet().removeIf(module -> reading.rank(named.get(module)) == 0);
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(folder + ": the rank of every module is 0");
    }
    AdapterConfig adapter = adapter();
    AdaptedModules modules = new AdaptedModules(transformer.linears(), adapter);
    boolean withHead = keepsHead();
    if (pooling() == Pooling.HEAD) {
      classifier.requireFrozen(source);
    }
    ParameterLayout layout =
        modules.layout(target.classes().size(), transformer.config().hiddenSize());
    float[] theta = new float[layout.length()];
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (entry.kind() != ParameterLayout.Kind.HEAD) {
        int slash = entry.name().lastIndexOf('/');
        read(source, entry.name().substring(0, slash), entry, theta);
      } else if (withHead
          && (PeftNames.hasHeadBias(transformer)
              || entry.name().equals(AdaptedModules.HEAD_WEIGHT))) {
        String name = PeftNames.WRAPPED + entry.name().replace("head", names.head());
        PeftTensors.copy(
            entry,
            entry.columns() == 1
                ? source.read(name, entry.rows())
                : source.read(name, entry.rows(), entry.columns()),
            entry.columns(),
            theta);
      }
    }
    AdapterStore.Description description =
        new AdapterStore.Description(
                1,
                target.task(),
                target.classes(),
                target.model(),
                target.fingerprint(),
                target.maxLength(),
                adapter,
                target.prompt())
            .withPooling(pooling());
    return new TrainedAdapter(description, layout, theta, initial(modules, theta));
  }

  /** Some start, but what training leaves as it is. */
  private static float[] initial(AdaptedModules modules, float[] theta) {
    float[] initial = modules.initial(0);
    for (ParameterLayout.Entry entry : modules.layout().entries()) {
      if (entry.kind() == ParameterLayout.Kind.FIXED) {
        System.arraycopy(theta, entry.offset(), initial, entry.offset(), entry.length());
      }
    }
    return initial;
  }

  /** How the classifier's embeddings are made; null for a language model. */
  private Pooling pooling() {
    if (target.classes().isEmpty()) {
      return null;
    }
    return target.head() == null || !(transformer instanceof Encoder)
        ? classifier.exportedPooling()
        : target.head().pooling;
  }

  /** Finds the module a tensor belongs to. */
  private void place(String name) {
    if (reading.shared().containsKey(name)) {
      return;
    }
    if (!name.startsWith(PeftNames.WRAPPED)) {
      throw extra(name, "its name does not begin with " + PeftNames.WRAPPED);
    }
    String rest = name.substring(PeftNames.WRAPPED.length());
    if (rest.equals(names.head() + ".weight") || rest.equals(names.head() + ".bias")) {
      head.add(name);
      return;
    }
    if (classifier.hasLayer(rest)) {
      return;
    }
    for (String suffix : suffixes()) {
      if (rest.endsWith("." + suffix)) {
        String module = rest.substring(0, rest.length() - suffix.length() - 1);
        if (isUnused(module)) {
          if (pooling() == Pooling.HEAD) {
            throw extra(
                name, "pooling 'head' has the model's own " + module + ", which it would change");
          }
          unused.add(module);
          return;
        }
        String linear = linear(name, module);
        named.put(linear, module);
        String other = tensors.computeIfAbsent(linear, key -> new TreeMap<>()).put(suffix, name);
        if (other != null) {
          throw extra(name, "it is for the same module as '" + other + "'");
        }
        return;
      }
    }
    throw extra(
        name, PeftStrangers.why(rest, "method " + reading.method() + " has no such tensor"));
  }

  private Set<String> suffixes() {
    Set<String> suffixes = new HashSet<>(reading.parameters().keySet());
    suffixes.addAll(reading.factors().values());
    return suffixes;
  }

  /** Whether no adapter of ours is for a linear layer, since nothing reads it: BERT's pooler. */
  private boolean isUnused(String module) {
    return names.unused().stream()
            .anyMatch(name -> module.equals(name) || module.endsWith("." + name))
        && config.targets(module);
  }

  private String linear(String tensor, String inFile) {
    String module = Architectures.of(transformer.config().modelType()).module(inFile);
    return transformer.linears().stream()
        .map(FrozenLinear::name)
        .filter(
            name ->
                module.equals(name) || module.endsWith("." + name) || name.endsWith("." + module))
        .findFirst()
        .orElseThrow(
            () ->
                extra(
                    tensor,
                    PeftStrangers.why(
                        module + ".weight",
                        "the model has no linear layer of that name that can be adapted")));
  }

  private IllegalArgumentException extra(String tensor, String why) {
    return new IllegalArgumentException(
        TensorNames.label(tensor, folder.toString()) + " cannot be used: " + why);
  }

  /** The modules with tensors must be the targets that the model has. */
  private void requireTargets() {
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(folder + " has no tensor of an adapter");
    }
    String some = tensors.keySet().iterator().next();
    String outer = named.get(some).endsWith(some) ? outer(some) : "";
    for (FrozenLinear linear : transformer.linears()) {
      String name = named.getOrDefault(linear.name(), outer + linear.name());
      boolean given = tensors.containsKey(linear.name());
      if (given && !config.targets(name)) {
        throw extra(
            tensors.get(linear.name()).values().iterator().next(),
            "target_modules does not have the module " + name);
      }
      if (!given && config.targets(name)) {
        throw new IllegalArgumentException(
            folder + " has no tensors of " + name + ", which target_modules names");
      }
    }
  }

  private String outer(String linear) {
    String full = named.get(linear);
    return full.substring(0, full.length() - linear.length());
  }

  /** Whether there is a head that fits. */
  private boolean keepsHead() {
    if (head.isEmpty()
        && !target.classes().isEmpty()
        && target.head() != null
        && target.head() != Head.OTHER) {
      throw new IllegalArgumentException(
          folder
              + " has no tensors of a classifier, but --head names what one was trained on. PEFT"
              + " leaves the classifier out of an adapter that it converts"
              + " (path_initial_model_for_weight_conversion): add it, or leave --head out for one"
              + " that starts at zero");
    }
    if (head.isEmpty() || target.head() == Head.OTHER) {
      return false;
    }
    if (target.classes().isEmpty()) {
      throw extra(head.iterator().next(), "a language model has no classifier");
    }
    if (target.head() == null
        && transformer instanceof Encoder
        && !Files.isRegularFile(folder.resolve(PeftNames.OWN))) {
      throw new IllegalArgumentException(
          folder
              + " has a classifier. CoLA4J's works on the mean over a text's tokens unless"
              + " --head names another pooling, transformers' on its own head, such as BERT's"
              + " pooler: name the one that this was trained on");
    }
    return true;
  }

  private AdapterConfig adapter() {
    Map<String, PeftPatterns.Size> sizes = new LinkedHashMap<>();
    tensors
        .keySet()
        .forEach(
            module ->
                sizes.put(
                    module,
                    new PeftPatterns.Size(
                        reading.rank(named.get(module)), reading.alpha(named.get(module)))));
    PeftPatterns.Size general = PeftPatterns.general(sizes.values());
    Map<String, String> modules = new LinkedHashMap<>();
    tensors.keySet().forEach(module -> modules.put(named.get(module), module));
    return AdapterConfigBuilder.builder()
        .method(reading.method())
        .rank(general.rank())
        .alpha(general.alpha())
        .dropout(reading.dropout())
        .targets(List.copyOf(tensors.keySet()))
        .overrides(PeftPatterns.overrides(sizes, general))
        .options(reading.options(modules))
        .init(init())
        .build();
  }

  /** That of the adapters of a model that was quantised with a start; else the method's. */
  private String init() {
    return transformer.linears().stream()
        .filter(linear -> linear.remainder() != null)
        .map(linear -> linear.remainder().init())
        .findFirst()
        .orElse(null);
  }

  private void read(Safetensors source, String module, ParameterLayout.Entry entry, float[] theta) {
    String own = entry.name().substring(entry.name().lastIndexOf('/') + 1);
    for (var shared : reading.shared().entrySet()) {
      if (shared.getValue().equals(own)) {
        String tensor = shared.getKey();
        PeftTensors.readShared(source, tensor, reading.order(tensor, null), entry, theta);
        return;
      }
    }
    String suffix =
        reading.parameters().keySet().stream()
            .filter(key -> reading.parameters().get(key).equals(own))
            .findFirst()
            .orElseThrow();
    PeftTensors.read(
        source, tensor(module, suffix), reading, suffix, named.get(module), entry, theta);
    String factor = reading.factors().get(suffix);
    if (factor != null) {
      PeftTensors.scaleColumns(source, tensor(module, factor), entry, theta);
    }
  }

  private String tensor(String module, String suffix) {
    String name = tensors.get(module).get(suffix);
    if (name == null) {
      throw new IllegalArgumentException(
          folder
              + " has no tensor '"
              + PeftNames.WRAPPED
              + named.get(module)
              + "."
              + suffix
              + "', but others of that module");
    }
    return name;
  }
}
