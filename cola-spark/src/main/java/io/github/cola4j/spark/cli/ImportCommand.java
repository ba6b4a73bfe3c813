package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.FolderOutput;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola import folder --model model --task name --output adapter}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description =
        "Reads an adapter that HF PEFT saved (LoRA, rsLoRA, AdaLoRA, DoRA, IA3, MiSS, Bat, SHiRA,"
            + " HiRA, VeRA, GraLoRA, C3A, OFT), for evaluating, predicting, chatting and merging.")
final class ImportCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      description = "A folder with adapter_config.json and adapter_model.safetensors.")
  private String source;

  @Mixin private FolderOutput output;

  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Imported(String output, String task, String method, int modules) {}

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "The model the adapter was trained on.")
  private String model;

  @Option(names = "--task", required = true, paramLabel = "NAME", description = "The task's name.")
  private String task;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "LABEL",
      description = "A classifier's labels, in the order of its logits.")
  private List<String> classes = new ArrayList<>();

  @Option(
      names = "--head",
      description =
          "What a classifier's head was trained on: MEAN, the mean over a text's tokens, CLS or"
              + " LAST, the first or last token, HEAD, the architecture's own as BERT's pooler, or"
              + " OTHER, so that the head is left out and starts at zero.")
  private PeftImport.Head head;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description =
          "How a language model's dialogues are written: alpaca, plain, llama3, chatml or model,"
              + " the model's own (default: ${DEFAULT-VALUE}).",
      defaultValue = "model")
  private String template;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens of a text at most; default: that of a job.")
  private Integer maxLength;

  @Override
  public Integer call() throws IOException {
    try (LocalFolder folder = LocalFolder.of(source)) {
      return folder.use(this::read);
    }
  }

  private Integer read(Path from) {
    try {
      TaskData.requireName(task);
      if (!classes.isEmpty()) {
        TaskData.requireClasses(task, classes, ProblemType.SINGLE_LABEL);
      }
      TrainingConfig.defaults().withMaxLength(maxLength);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(e.getMessage(), e);
    }
    output.requireFree(AdapterStore.DESCRIPTION, source, model);
    BaseModel base = BaseModel.load(model);
    Transformer transformer = base.transformer();
    TrainedAdapter stored = PeftImport.read(from, transformer, target(base), System.err::println);
    AdaptedModules modules =
        new AdaptedModules(transformer.linears(), stored.description().adapter());
    try (Output folder = output.create(AdapterStore.DESCRIPTION)) {
      AdapterStore.save(folder.path(), stored);
      folder.commit();
    }
    Console printed = console.console();
    String method = stored.description().adapter().method();
    printed.json(new Imported(output.folder(), task, method, modules.linears().size()));
    printed
        .text()
        .printf(
            "%s: task %s, %s, %d modules%n",
            output.folder(), task, method, modules.linears().size());
    return 0;
  }

  private PeftImport.Target target(BaseModel base) {
    int length = TrainingConfig.defaults().withMaxLength(maxLength).maxLength();
    return new PeftImport.Target(
        task,
        classes,
        base.location(),
        base.fingerprint(),
        length,
        isDialogue(base) ? prompt() : null,
        head);
  }

  /** An adapter without classes is a language model's, where the model can be one. */
  private boolean isDialogue(BaseModel base) {
    return base.purposes().contains(Purpose.DIALOGUE)
        && (classes.isEmpty() || !base.purposes().contains(Purpose.CLASSIFICATION));
  }

  private PromptConfig prompt() {
    try {
      return PromptConfig.defaults().withTemplate(template);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--template: " + e.getMessage(), e);
    }
  }
}
