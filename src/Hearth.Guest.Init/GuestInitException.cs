namespace Hearth.Guest.Init;

/// <summary>Something asked of init that cannot be done; the message names the act, the object and the cause.</summary>
internal sealed class GuestInitException(string message, Exception? cause = null) : Exception(message, cause);
