namespace Hearth.Keeper.Parts;

/// <summary>The names of a guest's drives, which follow the order of the machine's drives.</summary>
internal static class GuestDrive
{
    /// <summary>Returns the name of a drive: <c>vda</c> for the first.</summary>
    public static string NameOf(int index) => $"vd{(char)('a' + index)}";
}
