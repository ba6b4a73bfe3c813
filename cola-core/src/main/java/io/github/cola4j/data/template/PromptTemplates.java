package io.github.cola4j.data.template;

import io.github.cola4j.data.Message;
import io.github.cola4j.data.tokenizer.SpecialTokens;
import java.util.List;

/** The prompt templates by name. */
public final class PromptTemplates {
  /** Instruction, optional input and response under headings. */
  public static final String ALPACA = "alpaca";

  /** The messages and nothing around them. */
  public static final String PLAIN = "plain";

  /** Llama 3's headers. */
  public static final String LLAMA3 = "llama3";

  /** {@code <|im_start|>} and {@code <|im_end|>}. */
  public static final String CHATML = "chatml";

  /** The model's own chat template, see {@link ModelTemplate#read}. */
  public static final String MODEL = "model";

  /** All names. */
  public static final List<String> NAMES = List.of(ALPACA, PLAIN, LLAMA3, CHATML, MODEL);

  private PromptTemplates() {}

  /**
   * A template that is built in.
   *
   * @param name one of {@link #NAMES} but {@link #MODEL}, which comes with a model
   * @param special the model's special tokens; alpaca and plain end an answer with its eos token
   * @throws IllegalArgumentException if there is none such
   */
  public static PromptTemplate builtIn(String name, SpecialTokens special) {
    return switch (name) {
      case ALPACA -> new AlpacaTemplate(special.requireEos(ALPACA).text());
      case PLAIN -> new PlainTemplate(special.requireEos(PLAIN).text());
      case LLAMA3 -> TurnTemplate.llama3();
      case CHATML -> TurnTemplate.chatml();
      default ->
          throw new IllegalArgumentException(
              "unknown prompt template '"
                  + name
                  + "'; built in are alpaca, plain, llama3 and chatml, and 'model' is the model's"
                  + " own");
    };
  }

  /** Refuses a message that only a model's own template can write. */
  static void requireText(Message message) {
    if (message.fields().toolCalls() != null) {
      throw new IllegalArgumentException(
          "it has tool_calls, which no built-in template writes; set prompt.template: model");
    }
  }
}
