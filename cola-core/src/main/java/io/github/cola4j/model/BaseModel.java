package io.github.cola4j.model;

import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.ModelTemplate;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplate;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.data.tokenizer.SpecialTokens;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.model.pooling.SentenceTransformers;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;

/** A frozen model and its tokenizer, as a machine holds them once for all its threads. */
public final class BaseModel implements FrozenModel {
  private final String location;
  private final Path folder;
  private final String fingerprint;
  private final Architecture architecture;
  private final Transformer transformer;
  private final WeightOptions options;
  private final Quantization quantization; // null for none
  private final byte[] tokenizerJson; // null for a model of images
  private final ImageProcessor images; // null for one of texts
  private final List<String> unused;
  private final ConcurrentHashMap<Integer, Tokenizer> tokenizers = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Prompt, DialogueEncoder> dialogues = new ConcurrentHashMap<>();

  private record Prompt(PromptConfig config, int maxLength) {}

  private BaseModel(
      String location,
      Path folder,
      String fingerprint,
      Architecture architecture,
      Transformer transformer,
      WeightOptions options,
      Quantization quantization,
      byte[] inputsJson,
      List<String> unused) {
    this.location = location;
    this.folder = folder;
    this.fingerprint = fingerprint;
    this.architecture = architecture;
    this.transformer = transformer;
    this.options = options;
    this.quantization = quantization;
    boolean seesImages = transformer instanceof Encoder encoder && encoder.imageSize() != null;
    this.tokenizerJson = seesImages ? null : inputsJson;
    this.images =
        seesImages
            ? ImageProcessors.read(
                new String(inputsJson, StandardCharsets.UTF_8),
                location + "/" + architecture.inputsFile(),
                (Encoder) transformer)
            : null;
    this.unused = unused;
  }

  /**
   * Loads a model.
   *
   * @param location as {@link HuggingFaceModel#open} takes it: a folder, or {@code
   *     classpath:all-minilm-l6-v2}
   * @throws IllegalArgumentException if a file is missing, damaged or of another architecture, or
   *     the tokenizer does not belong to the model
   */
  public static BaseModel load(String location) {
    return load(location, WeightOptions.DEFAULT);
  }

  /**
   * Loads a model.
   *
   * @param options how its weights are kept and multiplied
   * @throws IllegalArgumentException as {@link #load(String)}
   */
  public static BaseModel load(String location, WeightOptions options) {
    try (HuggingFaceModel files = HuggingFaceModel.open(location)) {
      return load(files, options);
    }
  }

  /**
   * Loads a model whose files are open, which may be closed then.
   *
   * @throws IllegalArgumentException as {@link #load(String)}
   */
  public static BaseModel load(HuggingFaceModel files, WeightOptions options) {
    Architecture architecture = files.architecture();
    BaseModel model =
        new BaseModel(
            files.location(),
            files.folder() == null ? Path.of(files.location()) : files.folder(),
            files.fingerprint(),
            architecture,
            architecture.load(
                files.config(),
                new WeightLoader(files.weights(), DataType.FLOAT, options, files.remainders())),
            options,
            options.quantize() == null ? files.weights().quantization() : options.quantize(),
            files.inputsJson(),
            architecture.unusedHeads(files.weights()));
    if (model.images == null) {
      model.requireTokenizer();
    }
    return model;
  }

  /** Refuses a tokenizer whose tokens have no embedding. */
  private void requireTokenizer() {
    Tokenizer tokenizer = tokenizer(transformer.config().maxPositions());
    Sample sample = tokenizer.encode("a", "b", Sample.IGNORED).sample();
    int types = transformer.config().typeVocabSize();
    if (types > 0) {
      int[] starts = {0, sample.length()};
      new TokenBatch(sample.ids(), sample.typeIds(), starts).requireTypes(types);
    }
  }

  @Override
  public WeightOptions weightOptions() {
    return options;
  }

  @Override
  public Quantization quantization() {
    return quantization;
  }

  @Override
  public List<String> notices() {
    List<String> notices = new ArrayList<>();
    if (options.compute() == Precision.BFLOAT16
        && !KernelProviders.get().of(DataType.FLOAT).hasBfloat16()) {
      notices.add(
          "compute: bfloat16: this CPU has no bfloat16 instructions (AVX512_BF16 or AMX), software"
              + " rounds instead; results are as on a CPU that has, but not sooner than with"
              + " float32");
    }
    if (!unused.isEmpty()) {
      notices.add(
          String.format(
              "%s: %d tensors on top of the encoder are not used: %s%s",
              location,
              unused.size(),
              String.join(", ", unused.subList(0, Math.min(4, unused.size()))),
              unused.size() > 4 ? ", …" : ""));
    }
    FrozenLinear lacking =
        linears().stream().filter(linear -> linear.remainder() != null).findFirst().orElse(null);
    if (lacking != null) {
      notices.add(
          String.format(
              "%s: quantised with start %s of rank %d, which the weights lack: without an adapter"
                  + " that has started there, such as for a linear probe, it computes less well",
              location, lacking.remainder().init(), lacking.remainder().rank()));
    }
    List<String> tokens =
        images == null
            ? tokenizer(transformer.config().maxPositions()).withoutEmbedding()
            : List.of();
    if (!tokens.isEmpty()) {
      notices.add(
          String.format(
              "%s/tokenizer.json: the model has no embedding for the added tokens %s; they are read"
                  + " as plain text",
              location, tokens.subList(0, Math.min(10, tokens.size()))));
    }
    return notices;
  }

  /**
   * Turns dialogues into tokens, and tokens into text.
   *
   * @param maxLength tokens of a dialogue at most, and never more than the model's positions
   * @throws IllegalArgumentException if the model is no decoder, or its files do not fit the prompt
   */
  public DialogueEncoder dialogues(PromptConfig prompt, int maxLength) {
    int limit = Math.min(maxLength, decoder().config().maxPositions());
    return dialogues.computeIfAbsent(
        new Prompt(prompt, limit),
        key ->
            new DialogueEncoder(
                template(prompt),
                textTokenizer(),
                limit,
                prompt.trainOnPrompt(),
                prompt.controlTokens()));
  }

  private PromptTemplate template(PromptConfig prompt) {
    SpecialTokens special = specialTokens();
    return prompt.template().equals(PromptTemplates.MODEL)
        ? ModelTemplate.read(
            folder, special, LocalDate.parse(prompt.date()).atStartOfDay(), prompt.thinking())
        : PromptTemplates.builtIn(prompt.template(), special);
  }

  /**
   * The tokens that end an answer: the model's own, and the mark that a prompt's template writes.
   */
  public Set<Integer> stopIds(PromptConfig prompt) {
    Set<Integer> ids = new LinkedHashSet<>(specialTokens().stopIds());
    ids.addAll(dialogues(prompt, Integer.MAX_VALUE).endIds());
    return ids;
  }

  /** The tokens that begin and end a decoder's texts. */
  public SpecialTokens specialTokens() {
    return SpecialTokens.read(folder, textTokenizer());
  }

  /** The tokenizer without a limit, as a decoder's texts need it. */
  public Tokenizer textTokenizer() {
    return tokenizers.computeIfAbsent(
        Integer.MAX_VALUE,
        unlimited ->
            Tokenizer.untruncated(
                tokenizerJson, location + "/tokenizer.json", transformer.config().vocabSize()));
  }

  /**
   * The transformer that a frozen model is.
   *
   * @throws IllegalArgumentException if it is another kind of model
   */
  public static BaseModel of(FrozenModel model) {
    if (model instanceof BaseModel base) {
      return base;
    }
    throw new IllegalArgumentException(
        "expected a transformer, the model " + model.location() + " is another kind of network");
  }

  @Override
  public String location() {
    return location;
  }

  /** SHA-256 of configuration, weights, tokenizer and, of a decoder, its prompts' files. */
  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public List<FrozenLinear> linears() {
    return transformer.linears();
  }

  @Override
  public DataType type() {
    return transformer.type();
  }

  /** What it can be trained for. */
  public Set<Architecture.Purpose> purposes() {
    return architecture.purposes();
  }

  /** What it is trained for unless it is told otherwise. */
  public Architecture.Purpose usual() {
    return architecture.usual();
  }

  /** The frozen transformer. */
  public Transformer transformer() {
    return transformer;
  }

  /** The frozen encoder, or a decoder's last tokens ({@link LastTokenEncoder}). */
  public Encoder encoder() {
    return Encoder.of(transformer, false);
  }

  /**
   * The frozen encoder with a pooling.
   *
   * @throws IllegalArgumentException if the model cannot pool so
   */
  public Encoder encoder(Pooling pooling) {
    return encoder().withPooling(pooling);
  }

  /**
   * Refuses token merging that the model cannot do.
   *
   * @param merging null for none
   * @throws IllegalArgumentException naming what can
   */
  public void requireTokenMerging(TokenMerging merging) {
    if (merging != null) {
      encoder().withTokenMerging(merging);
    }
  }

  /**
   * The pooling that a task has unless it is told otherwise: what the folder says if it is one of
   * sentence-transformers, else the encoder's own.
   *
   * @throws IllegalArgumentException if its folder says what is not computed
   */
  public Pooling pooling() {
    Pooling own = encoder().pooling();
    Pooling trained = SentenceTransformers.pooling(folder);
    return trained == null ? own : trained;
  }

  /**
   * The frozen decoder.
   *
   * @throws IllegalArgumentException if the model is none
   */
  public Decoder decoder() {
    if (transformer instanceof Decoder decoder) {
      return decoder;
    }
    throw wrongKind("language modelling needs a decoder such as a Llama");
  }

  private IllegalArgumentException wrongKind(String needed) {
    return new IllegalArgumentException(
        needed + ", the model " + location + " is a " + transformer.config().modelType());
  }

  /** Whether its inputs are images; else they are texts. */
  public boolean seesImages() {
    return images != null;
  }

  /**
   * What makes images its inputs.
   *
   * @throws IllegalArgumentException if it takes texts
   */
  public ImageProcessor images() {
    if (images == null) {
      throw wrongKind("images need a vision transformer such as a ViT");
    }
    return images;
  }

  /**
   * The tokenizer for texts of at most so many tokens, and never more than the model's positions.
   *
   * @throws IllegalArgumentException if the model takes images
   */
  public Tokenizer tokenizer(int maxLength) {
    if (tokenizerJson == null) {
      throw wrongKind("texts need a model with a tokenizer such as a BERT");
    }
    int limit = Math.min(maxLength, transformer.config().maxPositions());
    return tokenizers.computeIfAbsent(
        limit,
        length ->
            new Tokenizer(
                tokenizerJson,
                location + "/tokenizer.json",
                transformer.config().vocabSize(),
                length));
  }
}
