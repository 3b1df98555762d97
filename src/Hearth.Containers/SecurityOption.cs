namespace Hearth.Containers;

/// <summary>docker's <c>--security-opt</c>. A guest has no security module and no profiles: what switches them off is how it is.</summary>
public static class SecurityOption
{
    private const string NoNewPrivileges = "no-new-privileges";

    private static readonly string[] withoutProfile = ["seccomp=unconfined", "seccomp=builtin", "apparmor=unconfined", "label=disable", "systempaths=unconfined"];

    /// <returns>Whether processes get no further privileges by set-id programs and file capabilities.</returns>
    /// <exception cref="FormatException">An option asks for a profile, or is unknown.</exception>
    public static bool ReadNoNewPrivileges(IEnumerable<string> options)
    {
        bool isSet = false;
        foreach (string option in options)
        {
            // docker takes both separators.
            string text = option.IndexOf('=', StringComparison.Ordinal) < 0 && option.IndexOf(':', StringComparison.Ordinal) is > 0 and int colon
                ? $"{option[..colon]}={option[(colon + 1)..]}"
                : option;
            isSet = text switch
            {
                NoNewPrivileges or $"{NoNewPrivileges}=true" => true,
                $"{NoNewPrivileges}=false" => false,
                _ when withoutProfile.Contains(text) => isSet,
                _ => throw new FormatException($"cannot use the security option '{Shorten(option)}': a guest has no security module and no system call filter, since the machine is the boundary; there are {NoNewPrivileges} and {string.Join(", ", withoutProfile)}"),
            };
        }

        return isSet;
    }

    /// <summary>A client may send a whole profile.</summary>
    private static string Shorten(string text) => text.Length > 60 ? $"{text[..60]}…" : text;
}
