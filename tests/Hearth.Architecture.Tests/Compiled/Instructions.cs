using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Hearth.Architecture.Tests.Compiled;

/// <summary>The instructions of a method's body (ECMA-335, III.1.9), as far as their operands are tokens.</summary>
internal static class Instructions
{
    private const byte TwoBytePrefix = 0xFE;

    private static readonly Dictionary<short, OperandType> operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value, code => code.OperandType);

    /// <summary>Tokens of types, methods and fields; not those of strings.</summary>
    internal static IEnumerable<int> TokensOf(byte[] code)
    {
        for (int at = 0; at < code.Length;)
        {
            bool isLong = code[at] == TwoBytePrefix;
            OperandType operand = operands[isLong ? (short)((TwoBytePrefix << 8) | code[at + 1]) : code[at]];
            at += isLong ? 2 : 1;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at));
            }

            at += SizeOf(operand, code.AsSpan(at));
        }
    }

    private static int SizeOf(OperandType operand, ReadOnlySpan<byte> rest) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(rest)),
        _ => 4,
    };
}
