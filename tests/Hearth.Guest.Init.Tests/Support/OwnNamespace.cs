using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>Runs code on a thread in a network namespace of its own, which ends with the thread.</summary>
internal static class OwnNamespace
{
    public static void Run(Action test)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Namespaces.Unshare(NamespaceKinds.Network);
                test();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.ToString(), failure);
        }
    }
}
