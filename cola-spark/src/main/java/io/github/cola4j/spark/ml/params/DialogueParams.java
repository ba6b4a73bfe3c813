package io.github.cola4j.spark.ml.params;

import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.ml.param.Param;

/**
 * Where a row has its dialogue.
 *
 * @param <T> the stage
 */
public interface DialogueParams<T> extends StageParams<T> {
  /** Param: column of the messages. */
  default Param<String> messagesCol() {
    return ParamSet.of(this, "messagesCol");
  }

  default String getMessagesCol() {
    return getOrDefault(messagesCol());
  }

  default T setMessagesCol(String value) {
    return ParamSet.set(this, messagesCol(), value);
  }

  /** Param: column of the instruction. */
  default Param<String> instructionCol() {
    return ParamSet.of(this, "instructionCol");
  }

  default String getInstructionCol() {
    return getOrDefault(instructionCol());
  }

  default T setInstructionCol(String value) {
    return ParamSet.set(this, instructionCol(), value);
  }

  /** Param: column of the instruction's input. */
  default Param<String> inputCol() {
    return ParamSet.of(this, "inputCol");
  }

  default String getInputCol() {
    return getOrDefault(inputCol());
  }

  default T setInputCol(String value) {
    return ParamSet.set(this, inputCol(), value);
  }

  /** How a row holds its dialogue: as messages unless there is a column of instructions. */
  default DialogueFormat format() {
    return getInstructionCol().isEmpty() ? DialogueFormat.CHAT : DialogueFormat.ALPACA;
  }

  /** Where dialogues are to be answered. */
  default DialogueColumns dialogues() {
    return DialogueColumns.defaults()
        .withMessages(getMessagesCol())
        .withInstruction(ParamSet.column(this, instructionCol()))
        .withInput(getInputCol());
  }

  /** The columns that a stage reads, with what they hold. */
  default Map<Param<String>, SchemaCheck.Kind> dialogueColumns() {
    if (isSet(messagesCol()) && format() == DialogueFormat.ALPACA) {
      throw new IllegalArgumentException(
          uid() + ": messagesCol and instructionCol are both set; set one of them");
    }
    Map<Param<String>, SchemaCheck.Kind> read = new LinkedHashMap<>();
    if (format() == DialogueFormat.CHAT) {
      read.put(messagesCol(), SchemaCheck.Kind.MESSAGES);
    } else {
      read.put(instructionCol(), SchemaCheck.Kind.TEXT);
      if (isSet(inputCol())) {
        read.put(inputCol(), SchemaCheck.Kind.TEXT);
      }
    }
    read.put(taskCol(), SchemaCheck.Kind.TASK);
    return read;
  }
}
