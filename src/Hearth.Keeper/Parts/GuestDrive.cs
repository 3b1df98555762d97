namespace Hearth.Keeper.Parts;

/// <summary>How a guest names its drives: in the order in which the machine has them.</summary>
internal static class GuestDrive
{
    /// <summary><c>vda</c> for the first.</summary>
    public static string NameOf(int index) => $"vd{(char)('a' + index)}";
}
