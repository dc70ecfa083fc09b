using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Lets a listener accept only some sources. Linux drops all other connection requests unanswered, as a network security group does. It is
/// a classic packet filter (Linux, Documentation/networking/filter.rst) on the source address of the IP header.
/// </summary>
internal static class SourceFilter
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int AttachFilter = 26; // SO_ATTACH_FILTER
    private const uint SourceAddress = unchecked((uint)(-0x100000 + 12)); // SKF_NET_OFF plus the offset of the field
    private const ushort LoadWord = 0x20;
    private const ushort LoadMemory = 0x60;
    private const ushort Store = 0x02;
    private const ushort And = 0x54;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const int InstructionSize = 8;

    /// <returns>False when the system has no such filter. Then the caller must check the sources.</returns>
    public static bool TryAttach(Socket listener, IReadOnlyList<IPNetwork> allowed)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var program = Program(allowed);
        var code = Marshal.AllocHGlobal(program.Length);
        try
        {
            Marshal.Copy(program, 0, code, program.Length);
            Span<byte> option = stackalloc byte[2 * IntPtr.Size]; // struct sock_fprog: the count, padding, the address
            option.Clear();
            BitConverter.TryWriteBytes(option, (ushort)(program.Length / InstructionSize));
            BitConverter.TryWriteBytes(option[IntPtr.Size..], code.ToInt64());
            listener.SetRawSocketOption(SocketLevel, AttachFilter, option);
            return true;
        }
        catch (SocketException)
        {
            return false; // more ranges than the system accepts
        }
        finally
        {
            Marshal.FreeHGlobal(code);
        }
    }

    private static byte[] Program(IReadOnlyList<IPNetwork> allowed)
    {
        List<byte> program = [.. Instruction(LoadWord, SourceAddress), .. Instruction(Store, 0)];
        foreach (var network in allowed)
        {
            program.AddRange(Instruction(LoadMemory, 0));
            program.AddRange(Instruction(And, network.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - network.PrefixLength)));
            program.AddRange(
                Instruction(JumpIfEqual, BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes()), jumpIfFalse: 1)
            );
            program.AddRange(Instruction(Return, uint.MaxValue));
        }

        return [.. program, .. Instruction(Return, 0)];
    }

    private static byte[] Instruction(ushort code, uint value, byte jumpIfFalse = 0) =>
        [.. BitConverter.GetBytes(code), 0, jumpIfFalse, .. BitConverter.GetBytes(value)];
}
